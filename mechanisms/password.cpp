// See password.hpp.
#include "mechanisms/password.hpp"

#include "mechanisms/digest.hpp"
#include "mechanisms/saslprep.hpp"

#include <chrono>

namespace doorward {
namespace {

constexpr std::size_t fresh_salt_bytes = 16;

}  // namespace

//   SaltedPassword  := Hi(Normalize(password), salt, i)
//   ClientKey       := HMAC(SaltedPassword, "Client Key")
//   StoredKey       := H(ClientKey)
//   ServerKey       := HMAC(SaltedPassword, "Server Key")
ScramKeys derive_keys(const Secret& password, const ScramCredential& like) {
  const Secret prepared(saslprep(password.reveal()));
  const Digest salted_password = pbkdf2(like.hash, prepared.reveal(), like.salt, like.iterations);
  const Digest client_key = hmac(like.hash, salted_password.view(), "Client Key");
  const Digest server_key = hmac(like.hash, salted_password.view(), "Server Key");
  return {.stored_key = std::string(digest(like.hash, client_key.view()).view()),
          .server_key = std::string(server_key.view()),
          .not_after = std::nullopt};
}

std::vector<ScramCredential> derive_credentials(const Secret& password, std::uint32_t iterations,
                                                std::span<const ScramHash> hashes) {
  std::vector<ScramCredential> out;
  for (const ScramHash hash : hashes) {
    ScramCredential credential{
        .hash = hash, .salt = random_bytes(fresh_salt_bytes), .iterations = iterations, .keys = {}};
    credential.keys.push_back(derive_keys(password, credential));
    out.push_back(std::move(credential));
  }
  return out;
}

bool verify_password(const Secret& password, std::span<const ScramCredential> credentials) {
  const ScramCredential* credential = for_password(credentials);
  if (!credential) return false;
  ScramKeys presented = derive_keys(password, *credential);
  bool verified = false;
  for (const ScramKeys& keys : credential->keys) {
    const bool equal = equal_in_constant_time(presented.stored_key, keys.stored_key);
    verified |= equal && is_live(keys);
  }
  // A wrong password is often nearly a right one.
  wipe(presented.stored_key);
  wipe(presented.server_key);
  return verified;
}

bool is_live(const ScramKeys& keys) {
  return !keys.not_after || std::chrono::system_clock::now() < *keys.not_after;
}

Secret generate_password() {
  constexpr std::size_t length = 26;
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text = random_bytes(length);
  for (char& c : text) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return Secret(std::move(text));
}

Result<std::string> verifier_like(const Secret& password, std::string_view existing) {
  Result<ScramCredential> credential = ScramCredential::parse(existing);
  if (!credential) return std::unexpected(credential.error());
  credential->keys = {derive_keys(password, *credential)};
  return credential->format();
}

}  // namespace doorward
