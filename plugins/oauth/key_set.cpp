#include "plugins/oauth/key_set.hpp"

#include "plugins/oauth/base64url.hpp"

#include <ranges>

#include <nlohmann/json.hpp>

namespace oauth_bridge {
namespace {

using nlohmann::json;

std::optional<std::string> text(const json& jwk, const char* field) {
  const auto found = jwk.find(field);
  if (found == jwk.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

//   use = "sig" / "enc", key_ops: a list   ; RFC 7517 sections 4.2 and 4.3, each of them optional
bool verifies(const json& jwk) {
  if (jwk.contains("use") && text(jwk, "use") != "sig") return false;
  const auto operations = jwk.find("key_ops");
  if (operations == jwk.end()) return true;
  return operations->is_array() && std::ranges::find(*operations, json("verify")) != operations->end();
}

// The size of a key is not known before it is read.
bool is_strong(const cjose_jwk_t* jwk, const std::string& kty) {
  cjose_err error;
  const std::size_t bits = cjose_jwk_get_keysize(jwk, &error);
  return kty != "RSA" || (bits >= min_rsa_bits && bits <= max_rsa_bits);
}

// Nothing for one that is not for us. A private key that is published is no secret any more.
std::optional<Key> read_key(const json& jwk) {
  if (!jwk.is_object() || jwk.contains("d") || !verifies(jwk)) return std::nullopt;
  Key key{.kid = text(jwk, "kid"),
          .kty = text(jwk, "kty").value_or(""),
          .curve = text(jwk, "crv").value_or(""),
          .alg = text(jwk, "alg"),
          .jwk = nullptr};
  if (jwk.contains("kid") != key.kid.has_value() || jwk.contains("alg") != key.alg.has_value())
    return std::nullopt;
  if (std::ranges::none_of(algorithms, [&](const Algorithm& each) { return key.fits(each); }))
    return std::nullopt;
  // No more than the key itself, whatever else is beside it.
  json bare;
  for (const char* field : {"kty", "n", "e", "crv", "x", "y"}) {
    if (const auto value = text(jwk, field)) bare[field] = *value;
  }
  for (const char* number : {"n", "e", "x", "y"}) {
    if (bare.contains(number) && !is_base64url(bare[number].get_ref<const std::string&>()))
      return std::nullopt;
  }
  const std::string serialized = bare.dump();
  cjose_err error;
  cjose_jwk_t* made = cjose_jwk_import(serialized.data(), serialized.size(), &error);
  if (made == nullptr) return std::nullopt;
  key.jwk.reset(made, [](const cjose_jwk_t* jwk_of) { cjose_jwk_release(const_cast<cjose_jwk_t*>(jwk_of)); });
  if (!is_strong(made, key.kty)) return std::nullopt;
  return key;
}

}  // namespace

bool Key::fits(const Algorithm& algorithm) const {
  return kty == algorithm.kty && curve == algorithm.curve && (!alg || *alg == algorithm.name);
}

KeySet KeySet::read(std::string_view body, const std::vector<std::string>& in_use) {
  if (body.size() > max_key_set_bytes)
    throw NoKeySet("it has more than " + std::to_string(max_key_set_bytes) + " bytes");
  const json said = json::parse(body, nullptr, false);
  if (!said.is_object() || !said.contains("keys") || !said["keys"].is_array())
    throw NoKeySet("it is no JWK Set: no JSON object with a list `keys`");
  const json& listed = said["keys"];
  if (listed.size() > max_keys) throw NoKeySet("it has more than " + std::to_string(max_keys) + " keys");
  KeySet set;
  for (const json& jwk : listed) {
    std::optional<Key> key = read_key(jwk);
    const bool wanted = key && std::ranges::any_of(in_use, [&](const std::string& name) {
                          const Algorithm* algorithm = find_algorithm(name);
                          return algorithm != nullptr && key->fits(*algorithm);
                        });
    if (wanted) set.keys_.push_back(std::move(*key));
  }
  if (set.keys_.empty()) throw NoKeySet("it has no public key for one of the algorithms");
  return set;
}

std::expected<const Key*, NoKey> KeySet::find(const std::optional<std::string>& kid,
                                              const Algorithm& algorithm) const {
  const Key* found = nullptr;
  bool known = !kid;
  for (const Key& key : keys_) {
    if (kid && key.kid != kid) continue;
    known = true;
    if (!key.fits(algorithm)) continue;
    // Trying all of them would let a stranger choose how much work a token is.
    if (found != nullptr) return std::unexpected(NoKey::ambiguous);
    found = &key;
  }
  if (!known) return std::unexpected(NoKey::unknown);
  if (found == nullptr) return std::unexpected(NoKey::unfit);
  return found;
}

}  // namespace oauth_bridge
