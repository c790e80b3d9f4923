#pragma once
// The table of realms, kept current: made from the address spaces and services in the store, and made anew by
// each commit that changes one of them. Logins take a snapshot, from any thread, and keep it; the table is
// rebuilt on the committing thread, so that a space which was written is there when the write returns.
#include "server/resources/authentication_service.hpp"
#include "store/model/realms.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

namespace doorward::resources {

class RealmWatch {
 public:
  // Reads what there is and follows `store`, which must outlive the watch.
  static Result<std::unique_ptr<RealmWatch>> start(Store& store);

  // Never null.
  RealmSnapshot current() const {
    const std::lock_guard lock(table_mutex_);
    return table_;
  }

 private:
  RealmWatch() = default;

  Result<> read(const Store& store, std::string_view store_kind);
  void follow(std::span<const Change> changes);
  bool take(const StoredObject& object, bool deleted);
  void publish();

  std::mutex mutex_;  // guards what the table is made of
  std::map<ObjectRef, RealmService> spaces_;
  std::map<ObjectRef, Service> services_;
  std::map<std::string, ResourceVersion, std::less<>>
      read_at_;  // by kind: older changes are in what was read
  std::uint64_t revision_ = 1;

  std::mutex
      publishing_;  // held while a table is made: whoever waited for it may find its change published already
  std::uint64_t published_ = 0;

  // Held for a copy of the pointer. Not std::atomic<std::shared_ptr>: that spins on a lock of its own in
  // libstdc++ 12, and lets go of it in an order that is a data race.
  mutable std::mutex table_mutex_;
  RealmSnapshot table_ = std::make_shared<const RealmTable>();

  std::shared_ptr<void> subscription_;  // last: ends before the rest goes
};

}  // namespace doorward::resources
