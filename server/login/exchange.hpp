#pragma once
// One SASL exchange: a mechanism within bounds. It takes what happened and says what is next, and knows
// neither sockets nor threads nor stores. Once it has ended it stays so, and the mechanism with its secrets
// is gone.
//
// Owned by one login, on its loop.
#include "mechanisms/mechanism.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace doorward {

class AuthenticationExchange {
 public:
  // SCRAM takes four messages; Kerberos and the like some more.
  static constexpr std::size_t max_messages = 10;
  static constexpr std::size_t max_bytes = 32 * 1'024;

  // Without a mechanism the exchange has ended before it began.
  explicit AuthenticationExchange(std::unique_ptr<Mechanism> mechanism);

  bool ended() const { return !mechanism_; }

  // The client's next message; an absent initial response is an empty one.
  Step message(std::string_view text);
  // What the last step asked for.
  Step credential(const ScramCredential& credential);
  Step verdict(bool verified);
  Step reviewed(const Reviewed& reviewed);

 private:
  Step follow(Step step);
  Step end(Failure failure);

  std::unique_ptr<Mechanism> mechanism_;  // null once the exchange has ended
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace doorward
