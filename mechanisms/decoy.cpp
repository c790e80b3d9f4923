// See decoy.hpp. Everything is an HMAC under the store's key; the keys that come out are nobody's, so that no
// proof fits them.
#include "mechanisms/decoy.hpp"

#include "mechanisms/digest.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace doorward {
namespace {

void append(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

// Each field behind its length, so that no two lists of fields read the same.
std::string fields(std::initializer_list<std::string_view> list) {
  std::size_t size = sizeof(std::uint64_t);  // and what expand() appends
  for (const std::string_view field : list) size += sizeof(std::uint64_t) + field.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view field : list) {
    append(out, field.size());
    out += field;
  }
  return out;
}

std::string expand(std::string_view key, std::string about, std::size_t count) {
  const std::size_t size = about.size();
  std::string out;
  for (std::uint64_t block = 0; out.size() < count; ++block) {
    about.resize(size);
    append(about, block);
    out += hmac(ScramHash::sha256, key, about).view();
  }
  out.resize(count);
  return out;
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, 8)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// Spreads every bit over all of them (the finalizer of SplitMix64). No secret of its own: what goes in is
// one.
std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

}  // namespace

Decoys::Decoys(Secret key, std::uint32_t iterations) : key_(std::move(key)), iterations_(iterations) {
  for (const ScramHash hash : all_scram_hashes) {
    const auto made = [&](std::string_view what) {
      return expand(key_.reveal(), fields({what, scram_mechanism(hash)}), scram_digest_bytes(hash));
    };
    keys_[static_cast<std::size_t>(hash)] = {
        .stored_key = made("stored key"), .server_key = made("server key"), .not_after = std::nullopt};
  }
}

// Weighted rendezvous hashing: each shape draws a number from the exponential distribution of its weight, and
// the smallest wins. A change of one weight moves names to or from that shape only.
CredentialShape Decoys::pick(std::string_view realm, std::string_view username,
                             std::span<const CredentialShape> shapes) const {
  if (shapes.size() == 1 && shapes[0].weight != 0) return shapes[0];
  CredentialShape best{ScramCredential::min_salt_bytes, iterations_, 0};
  if (shapes.empty()) return best;
  const std::uint64_t seed =
      number_of(hmac(ScramHash::sha256, key_.reveal(), fields({"shape", realm, username})).view());
  double best_draw = std::numeric_limits<double>::infinity();
  for (const CredentialShape& shape : shapes) {
    if (shape.weight == 0) continue;
    const std::uint64_t looks = std::uint64_t{shape.salt_bytes} << 40 | std::uint64_t{shape.iterations} << 8 |
                                static_cast<std::uint64_t>(shape.password_hash);
    const std::uint64_t number = mix(seed ^ mix(looks));
    const double uniform = (static_cast<double>(number >> 11) + 1) / (1ULL << 53);  // in (0, 1]
    const double draw = -std::log(uniform) / static_cast<double>(shape.weight);
    if (draw < best_draw) {
      best_draw = draw;
      best = shape;
    }
  }
  return best;
}

ScramCredential Decoys::credential(std::string_view realm, std::string_view username, ScramHash hash,
                                   std::span<const CredentialShape> shapes) const {
  return shaped(realm, username, hash, pick(realm, username, shapes));
}

ScramCredential Decoys::for_password(std::string_view realm, std::string_view username,
                                     std::span<const CredentialShape> shapes) const {
  const CredentialShape shape = pick(realm, username, shapes);
  return shaped(realm, username, shape.password_hash, shape);
}

ScramCredential Decoys::shaped(std::string_view realm, std::string_view username, ScramHash hash,
                               const CredentialShape& shape) const {
  std::string about = fields({"salt", realm, username, scram_mechanism(hash)});
  return {.hash = hash,
          .salt = expand(key_.reveal(), std::move(about), shape.salt_bytes),
          .iterations = shape.iterations,
          .keys = {keys_[static_cast<std::size_t>(hash)]}};
}

}  // namespace doorward
