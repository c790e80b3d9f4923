#pragma once
// The shapes of the credentials in use in each realm, as the store counted them, so that a stranger's guess
// at a name asks the store once for a realm and not once for a name. A commit that touches a login record of
// a realm drops what is known of it.
//
// Any thread. Only realms that exist are asked for, so that there are no more entries than realms.
#include "store/credential_source.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace doorward {

class ShapeCache {
 public:
  // `unavailable` where the store would wait for longer than `patience`.
  Result<CredentialShapes> find(const Store& store, std::string_view realm, Patience patience);
  void drop(std::string_view realm);

 private:
  std::mutex mutex_;
  // Counts what was dropped: what was read from the store before a drop and arrives after it is not kept.
  std::uint64_t drops_ = 0;
  std::map<std::string, CredentialShapes, std::less<>> by_realm_;
};

}  // namespace doorward
