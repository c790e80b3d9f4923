#pragma once
// What the tests of this room share: credentials made from known salts, and words for what a step gave.
#include "mechanisms/mechanism.hpp"
#include "mechanisms/password.hpp"
#include "store/model/base64.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

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
// `failure auth wrong_password`, `needs credential "user" SCRAM-SHA-1`, `needs verification "user"`.
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
  };
  return std::visit(Words{}, step);
}

}  // namespace doorward
