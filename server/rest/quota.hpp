#pragma once
// How many objects a namespace may have, of each kind: whoever may create some could create so many that the
// writes of others, which read them, become slow. Refuses in the words of Kubernetes' ResourceQuota. Only
// what is made through this API: a folder of resources is the operator's, and counts, but is refused nothing.
//
// Any thread may call anything.
#include "server/resources/namespace_counts.hpp"
#include "server/rest/wire/failure.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string_view>

namespace doorward::rest {

class Quota {
 public:
  struct Limits {
    std::uint64_t objects = 1'000;      // `limits.objectsPerNamespace`: of each kind but for these:
    std::uint64_t members = 1'000'000;  // `limits.membersPerNamespace`: users, and addresses
  };
  // A realm stays reserved when its address space has gone: of these a namespace may have so many times
  // `objects`.
  static constexpr std::uint64_t realms_for_each_object = 10;

  // `store` must outlive it.
  Quota(Store& store, Limits limits) : store_(store), limits_(limits), counts_(store) {}

  // Whether there is room for that object, which is not there yet. To be held to that, ask with the turn at
  // writing.
  Reply<> admit(const ObjectKey& key);
  // Whether there is room for the realm that a new address space takes. Reads all that are reserved.
  Reply<> admit_realm(const ObjectKey& address_space, std::string_view realm) const;

 private:
  Store& store_;
  const Limits limits_;
  resources::NamespaceCounts counts_;
};

}  // namespace doorward::rest
