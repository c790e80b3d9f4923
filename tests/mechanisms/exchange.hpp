#pragma once
// What the tests of this room share: credentials with known salts, words for what a step gave, a login's part
// of an exchange, and the client's proof by OpenSSL's one-shot functions, apart from the code under test.
#include "mechanisms/mechanism.hpp"
#include "mechanisms/password.hpp"
#include "store/model/base64.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace doorward {

// A credential as a store would hold it, with a salt that the test knows.
inline ScramCredential credential_of(std::string_view password, ScramHash hash,
                                     std::string_view salt_in_base64, std::uint32_t iterations) {
  ScramCredential credential{
      .hash = hash, .salt = base64_decode(salt_in_base64).value(), .iterations = iterations, .keys = {}};
  credential.keys.push_back(derive_keys(Secret(password), credential));
  return credential;
}

// A step in words, so that a failed expectation says what came instead: `challenge "..."`, `success "user"`,
// `failure auth wrong_password`, `needs credential "user" SCRAM-SHA-1`, `needs verification "user"`,
// `needs review "claimed user"`.
inline std::string in_words(const Step& step) {
  struct Words {
    std::string operator()(const Challenge& c) const { return "challenge \"" + c.data + '"'; }
    std::string operator()(const Success& s) const { return "success \"" + s.username + '"'; }
    std::string operator()(const Failure& f) const {
      return "failure " + std::string(to_string(f.code)) + ' ' + std::string(to_string(f.reason));
    }
    std::string operator()(const NeedCredential& n) const {
      return "needs credential \"" + n.username + "\" " + std::string(scram_mechanism(n.hash));
    }
    std::string operator()(const NeedVerification& n) const {
      return "needs verification \"" + n.username + '"';
    }
    std::string operator()(const NeedTokenReview& n) const { return "needs review \"" + n.username + '"'; }
  };
  return std::visit(Words{}, step);
}

// What the login answers to a mechanism that asks: the user's credential, or whether the password is right.
inline Step answered(Mechanism& mechanism, Step step, std::span<const ScramCredential> credentials) {
  if (const auto* need = std::get_if<NeedCredential>(&step)) {
    return mechanism.resume(*std::ranges::find(credentials, need->hash, &ScramCredential::hash));
  }
  if (const auto* need = std::get_if<NeedVerification>(&step)) {
    return mechanism.resume_verified(verify_password(need->password, credentials));
  }
  return step;
}

// ClientProof of RFC 5802 section 3, in base64.
inline std::string client_proof(std::string_view password, const ScramCredential& credential,
                                std::string_view auth_message) {
  const EVP_MD* md = credential.hash == ScramHash::sha1     ? EVP_sha1()
                     : credential.hash == ScramHash::sha256 ? EVP_sha256()
                                                            : EVP_sha512();
  const auto size = static_cast<std::size_t>(EVP_MD_get_size(md));
  const auto octets = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const auto mac = [&](std::string_view key, std::string_view message) {
    std::string out(size, '\0');
    HMAC(md, key.data(), static_cast<int>(key.size()), octets(message), message.size(),
         reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
  };
  std::string salted_password(size, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(credential.salt),
                    static_cast<int>(credential.salt.size()), static_cast<int>(credential.iterations), md,
                    static_cast<int>(size), reinterpret_cast<unsigned char*>(salted_password.data()));
  std::string client_key = mac(salted_password, "Client Key");
  std::string stored_key(size, '\0');
  EVP_Digest(client_key.data(), size, reinterpret_cast<unsigned char*>(stored_key.data()), nullptr, md,
             nullptr);
  const std::string signature = mac(stored_key, auth_message);
  for (std::size_t i = 0; i < size; ++i) client_key[i] = static_cast<char>(client_key[i] ^ signature[i]);
  return base64_encode(client_key);
}

}  // namespace doorward
