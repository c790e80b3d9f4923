#pragma once
// What a login asks of the store, in front of which the cache stands.
//
// peek() never waits: it answers from memory, or by one indexed read that gives up where a writer is in the
// way. It may be called on an event loop. Where it has no answer the login calls find() on the worker pool.
#include "store/model/result.hpp"
#include "store/model/user.hpp"

#include <optional>
#include <string_view>

namespace doorward {

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // Nothing: would wait, ask find(). A null snapshot: there is no such user.
  virtual std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) = 0;
  // Null: there is no such user. May block for some seconds; `unavailable` after that.
  virtual Result<UserSnapshot> find(std::string_view realm, std::string_view username) = 0;
};

}  // namespace doorward
