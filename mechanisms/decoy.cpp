// See decoy.hpp. Everything is an HMAC under the store's key; the keys that come out are nobody's, so that no
// proof fits them.
#include "mechanisms/decoy.hpp"

#include "mechanisms/digest.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace doorward {
namespace {

void append(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

// Each field behind its length, so that no two lists of fields read the same.
std::string fields(std::initializer_list<std::string_view> list) {
  std::string out;
  for (const std::string_view field : list) {
    append(out, field.size());
    out += field;
  }
  return out;
}

std::string expand(std::string_view key, const std::string& about, std::size_t count) {
  std::string out;
  for (std::uint64_t block = 0; out.size() < count; ++block) {
    std::string message = about;
    append(message, block);
    out += hmac(ScramHash::sha256, key, message).view();
  }
  out.resize(count);
  return out;
}

// Weighted rendezvous hashing: each shape draws a number from the exponential distribution of its weight, and
// the smallest wins. A change of one weight moves names to or from that shape only.
CredentialShape pick(std::string_view key, const std::string& about,
                     std::span<const CredentialShape> shapes) {
  CredentialShape best{ScramCredential::min_salt_bytes, ScramCredential::default_iterations, 0};
  double best_draw = std::numeric_limits<double>::infinity();
  for (const CredentialShape& shape : shapes) {
    if (shape.weight == 0) continue;
    std::string message = about;
    append(message, shape.salt_bytes);
    append(message, shape.iterations);
    std::uint64_t number = 0;
    for (const char c : hmac(ScramHash::sha256, key, message).view().substr(0, 8)) {
      number = number << 8 | static_cast<unsigned char>(c);
    }
    const double uniform = (static_cast<double>(number >> 11) + 1) / (1ULL << 53);  // in (0, 1]
    const double draw = -std::log(uniform) / static_cast<double>(shape.weight);
    if (draw < best_draw) {
      best_draw = draw;
      best = shape;
    }
  }
  return best;
}

}  // namespace

ScramCredential decoy_credential(std::string_view key, std::string_view realm, std::string_view username,
                                 ScramHash hash, std::span<const CredentialShape> shapes) {
  const std::string_view name_of_hash = scram_mechanism(hash);
  const CredentialShape shape = pick(key, fields({"shape", realm, username}), shapes);
  const std::size_t digest_bytes = scram_digest_bytes(hash);
  ScramKeys keys{
      .stored_key = expand(key, fields({"stored key", realm, username, name_of_hash}), digest_bytes),
      .server_key = expand(key, fields({"server key", realm, username, name_of_hash}), digest_bytes),
      .not_after = std::nullopt};
  return {.hash = hash,
          .salt = expand(key, fields({"salt", realm, username, name_of_hash}), shape.salt_bytes),
          .iterations = shape.iterations,
          .keys = {std::move(keys)}};
}

}  // namespace doorward
