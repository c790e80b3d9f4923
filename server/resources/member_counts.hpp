#pragma once
// How many users (or addresses) an address space has, kept between writes and brought up to date by the
// history since: a write of one user of a large space reads that one, and not all others to count them.
// Nothing is kept that a new process would have to be told.
//
// Any thread may call anything.
#include "server/resources/history_follower.hpp"
#include "store/model/realms.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

namespace doorward::resources {

class MemberCounts {
 public:
  static constexpr std::size_t max_spaces = 10'000;  // that are remembered

  // Of this kind, at the store's version when it is asked or a later one. Nothing where that cannot be said
  // now: then look at all of them. Asked about one store only.
  std::optional<std::uint64_t> of(const Store& store, std::string_view kind, const ObjectRef& space);

 private:
  void take(const Change& change);
  std::optional<std::uint64_t> count(const Store& store, const ObjectKey& members) const;

  std::mutex mutex_;
  HistoryFollower history_;
  std::map<ObjectKey, std::uint64_t> counts_;  // by kind, namespace, and name of the space
};

}  // namespace doorward::resources
