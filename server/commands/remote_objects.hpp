#pragma once
// The objects of a running service, one by one through its REST API, for a command that looks at a few. One
// thread; the requests block.
#include "server/client/api_client.hpp"
#include "store/store.hpp"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace doorward {

class RemoteObjects {
 public:
  explicit RemoteObjects(AskApi ask) : ask_(std::move(ask)) {}

  // Null where the server has no such object, and where it could not be asked: see fault().
  // REQUIRES: the key's kind is one of the catalogue's.
  nlohmann::json find(const ObjectKey& key);

  // Why the first of those could not be asked for, and what to do; empty: all were.
  const std::string& fault() const { return fault_; }

 private:
  const AskApi ask_;
  std::string fault_;
};

}  // namespace doorward
