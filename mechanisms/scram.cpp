// See scram.hpp.
#include "mechanisms/scram.hpp"

#include "mechanisms/digest.hpp"
#include "mechanisms/password.hpp"
#include "mechanisms/saslprep.hpp"
#include "mechanisms/scram_message.hpp"
#include "store/model/base64.hpp"

#include <utility>

namespace doorward {
namespace {

// ClientSignature := HMAC(StoredKey, AuthMessage)
// ClientKey       := ClientProof XOR ClientSignature
// and the client knew the password if H(ClientKey) is StoredKey.
bool proves(ScramHash hash, const ScramKeys& keys, std::string_view client_proof,
            std::string_view auth_message) {
  Digest client_key = hmac(hash, keys.stored_key, auth_message);
  client_key ^= client_proof;
  return equal_in_constant_time(digest(hash, client_key.view()).view(), keys.stored_key);
}

}  // namespace

ScramMechanism::ScramMechanism(ScramHash hash, std::string server_nonce)
    : hash_(hash), nonce_(std::move(server_nonce)) {}

Step ScramMechanism::step(std::string_view message) {
  switch (awaits_) {
    case Awaits::client_first:
      return client_first(message);
    case Awaits::client_final:
      return client_final(message);
    case Awaits::acknowledgement:
      return acknowledgement(message);
    case Awaits::credential:
      return end(SaslCode::sys, LoginReason::internal);
    case Awaits::nothing:
      break;
  }
  return end(SaslCode::auth, LoginReason::too_many_steps);
}

Step ScramMechanism::client_first(std::string_view message) {
  if (message.empty() && !std::exchange(asked_, true)) return Challenge{};
  const auto first = parse_client_first(message);
  if (!first) return end(SaslCode::auth, first.error());

  username_ = saslprep(first->username);
  if (!first->authzid.empty() && saslprep(first->authzid) != username_) {
    return end(SaslCode::auth, LoginReason::foreign_authzid);
  }
  channel_binding_ = base64_encode(first->gs2_header);
  nonce_.insert(0, first->nonce);
  auth_message_.reserve(2 * message.size() + 256);
  auth_message_ = first->bare;
  awaits_ = Awaits::credential;
  return NeedCredential{username_, hash_};
}

Step ScramMechanism::resume(const ScramCredential& credential) {
  if (awaits_ != Awaits::credential || credential.hash != hash_)
    return end(SaslCode::sys, LoginReason::internal);
  keys_ = credential.keys;
  std::string message = server_first(nonce_, credential.salt, credential.iterations);
  auth_message_.append(",").append(message);
  awaits_ = Awaits::client_final;
  return Challenge{std::move(message)};
}

Step ScramMechanism::client_final(std::string_view message) {
  const auto final = parse_client_final(message);
  if (!final) return end(SaslCode::auth, final.error());
  if (final->channel_binding != channel_binding_) {
    const bool is_base64 = base64_decode(final->channel_binding).has_value();
    return end(SaslCode::auth, is_base64 ? LoginReason::channel_binding : LoginReason::malformed_message);
  }
  if (final->nonce != nonce_) return end(SaslCode::auth, LoginReason::nonce_mismatch);
  if (final->proof.size() != scram_digest_bytes(hash_)) {
    return end(SaslCode::auth, LoginReason::malformed_message);
  }

  auth_message_.append(",").append(final->without_proof);
  for (const ScramKeys& keys : keys_) {
    if (!is_live(keys) || !proves(hash_, keys, final->proof.reveal(), auth_message_)) continue;
    awaits_ = Awaits::acknowledgement;
    return Challenge{server_final(hmac(hash_, keys.server_key, auth_message_).view())};
  }
  return end(SaslCode::auth, LoginReason::wrong_password);
}

Step ScramMechanism::acknowledgement(std::string_view message) {
  if (!message.empty()) return end(SaslCode::auth, LoginReason::malformed_message);
  awaits_ = Awaits::nothing;
  return Success{username_};
}

Step ScramMechanism::end(SaslCode code, LoginReason reason) {
  awaits_ = Awaits::nothing;
  return Failure{code, reason};
}

// A call of OpenSSL's generator costs as much for one nonce as for many.
std::string scram_nonce() {
  constexpr std::size_t bytes = 18;
  constexpr std::size_t at_a_time = 32;
  thread_local std::string ready;
  if (ready.empty()) ready = random_bytes(bytes * at_a_time);
  std::string nonce = base64_encode(std::string_view(ready).substr(ready.size() - bytes));
  ready.resize(ready.size() - bytes);
  return nonce;
}

}  // namespace doorward
