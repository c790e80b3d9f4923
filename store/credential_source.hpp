#pragma once
// What a login asks of the store, in front of which the cache stands.
//
// peek() never waits for others: it answers from memory, or by one indexed read, unless a writer is in the
// way or the disk has been slow of late. It may be called on an event loop. Where it has no answer the login
// calls find() on the worker pool.
#include "store/model/result.hpp"
#include "store/model/user.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace doorward {

using CredentialShapes = std::shared_ptr<const std::vector<CredentialShape>>;

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // Nothing: would wait, ask find(). A null snapshot: there is no such user.
  virtual std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) = 0;
  // Null: there is no such user. May block for some seconds; `unavailable` after that.
  virtual Result<UserSnapshot> find(std::string_view realm, std::string_view username) = 0;

  // What decoys of a realm must look like, in the same two ways. Never null. REQUIRES: the realm exists.
  virtual std::optional<CredentialShapes> peek_shapes(std::string_view realm) = 0;
  virtual Result<CredentialShapes> find_shapes(std::string_view realm) = 0;
};

}  // namespace doorward
