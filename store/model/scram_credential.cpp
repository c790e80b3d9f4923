#include "store/model/scram_credential.hpp"

#include "store/model/base64.hpp"

#include <algorithm>
#include <charconv>

namespace doorward {
namespace {

// The longest verifier that can be valid: SCRAM-SHA-512 with a salt of 64 bytes.
constexpr std::size_t max_verifier_bytes = 13 + 1 + 6 + 1 + 88 + 1 + 88 + 1 + 88;

std::unexpected<Error> bad(std::string_view what) {
  return fail(ErrorCode::invalid,
              "verifier: " + std::string(what) +
                  "; expected SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey> as "
                  "`doorward verifier` prints it");
}

// The text before `separator`, which is taken off `rest` together with it.
std::optional<std::string_view> take(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return part;
}

}  // namespace

std::string_view scram_mechanism(ScramHash hash) {
  switch (hash) {
    case ScramHash::sha1:
      return "SCRAM-SHA-1";
    case ScramHash::sha256:
      return "SCRAM-SHA-256";
    case ScramHash::sha512:
      return "SCRAM-SHA-512";
  }
  return "";
}

std::optional<ScramHash> scram_hash_of(std::string_view mechanism) {
  const auto* hash = std::ranges::find(all_scram_hashes, mechanism, scram_mechanism);
  return hash == std::end(all_scram_hashes) ? std::nullopt : std::optional(*hash);
}

std::size_t scram_digest_bytes(ScramHash hash) {
  switch (hash) {
    case ScramHash::sha1:
      return 20;
    case ScramHash::sha256:
      return 32;
    case ScramHash::sha512:
      return 64;
  }
  return 0;
}

// RFC 5803 section 2, in the spelling of PostgreSQL (`:` and `$` as below):
//   verifier = mechanism "$" iterations ":" salt "$" StoredKey ":" ServerKey
//   iterations = nonzero-digit *digit;  salt, StoredKey, ServerKey = base64
Result<ScramCredential> ScramCredential::parse(std::string_view verifier) {
  if (verifier.size() > max_verifier_bytes) return bad("it is too long");
  std::string_view rest = verifier;
  const auto mechanism = take(rest, '$');
  const auto count = take(rest, ':');
  const auto salt_text = take(rest, '$');
  const auto stored_text = take(rest, ':');
  if (!mechanism || !count || !salt_text || !stored_text) return bad("a part is missing");

  ScramCredential credential;
  const auto hash = scram_hash_of(*mechanism);
  if (!hash) return bad("the mechanism must be SCRAM-SHA-1, SCRAM-SHA-256 or SCRAM-SHA-512");
  credential.hash = *hash;

  const char* end = count->data() + count->size();
  const auto number = std::from_chars(count->data(), end, credential.iterations);
  if (count->starts_with('0') || number.ec != std::errc() || number.ptr != end ||
      credential.iterations < min_iterations || credential.iterations > max_iterations) {
    return bad("iterations must be a number from 4096 to 100000");
  }

  auto salt = base64_decode(*salt_text);
  if (!salt || salt->size() < min_salt_bytes || salt->size() > max_salt_bytes) {
    return bad("the salt must be base64 of 16 to 64 bytes");
  }
  credential.salt = std::move(*salt);

  auto stored_key = base64_decode(*stored_text);
  auto server_key = base64_decode(rest);
  const std::size_t key_bytes = scram_digest_bytes(*hash);
  if (!stored_key || !server_key || stored_key->size() != key_bytes || server_key->size() != key_bytes) {
    return bad("StoredKey and ServerKey must be base64 of " + std::to_string(key_bytes) + " bytes each");
  }
  credential.keys.push_back({std::move(*stored_key), std::move(*server_key), std::nullopt});
  return credential;
}

std::string ScramCredential::format(std::size_t index) const {
  const ScramKeys& pair = keys.at(index);
  std::string text(scram_mechanism(hash));
  text += "$" + std::to_string(iterations) + ":" + base64_encode(salt) + "$" +
          base64_encode(pair.stored_key) + ":" + base64_encode(pair.server_key);
  return text;
}

const ScramCredential* for_password(std::span<const ScramCredential> credentials) {
  for (const ScramHash hash : {ScramHash::sha256, ScramHash::sha512, ScramHash::sha1}) {
    const auto found = std::ranges::find(credentials, hash, &ScramCredential::hash);
    if (found != credentials.end()) return &*found;
  }
  return nullptr;
}

std::vector<CredentialShape> shapes_of(std::span<const ScramCredential> credentials) {
  std::vector<CredentialShape> shapes;
  const ScramCredential* password = for_password(credentials);
  for (const ScramCredential& credential : credentials) {
    const auto alike = [&](const CredentialShape& shape) {
      return shape.salt_bytes == credential.salt.size() && shape.iterations == credential.iterations;
    };
    const auto known = std::ranges::find_if(shapes, alike);
    if (known != shapes.end()) {
      ++known->weight;
    } else {
      shapes.push_back({.salt_bytes = credential.salt.size(),
                        .iterations = credential.iterations,
                        .weight = 1,
                        .password_hash = password->hash});
    }
  }
  return shapes;
}

}  // namespace doorward
