#pragma once
// Which stored user somebody else's identity stands for: of a MessagingUser with `spec.authentication` {type:
// federated, provider, federatedUsername}, kept in memory and current with each commit. Compared byte by
// byte.
//
// Logins look up from any thread; the table is changed on the committing thread.
#include "store/model/realms.hpp"
#include "store/store.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace doorward::resources {

class FederatedUsers {
 public:
  // Reads what there is, which takes as long as there are users of any type, and follows `store`, which must
  // outlive it.
  static Result<std::unique_ptr<FederatedUsers>> start(Store& store);

  // The `spec.username`. Nothing where nobody is meant, and where several are: no one of them can be told to
  // be it.
  std::optional<std::string> find(const ObjectRef& address_space, std::string_view provider,
                                  std::string_view federated_username) const;

 private:
  using Identity = std::tuple<ObjectRef, std::string, std::string>;  // address space, provider, name there
  struct Known {
    Identity identity;
    std::string username;
  };

  FederatedUsers() = default;
  void follow(std::span<const Change> changes);
  void take(const StoredObject& object, bool deleted);
  void forget(const ObjectKey& key);

  mutable std::mutex mutex_;
  std::map<ObjectKey, Known> users_;
  std::multimap<Identity, std::string> usernames_;
  ResourceVersion read_at_ = 0;         // older changes are in what was read
  std::shared_ptr<void> subscription_;  // last: ends before the rest goes
};

}  // namespace doorward::resources
