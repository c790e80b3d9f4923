#pragma once
// A table made from some kinds of objects in the store, and made anew by each commit that changes one of
// them. Readers take a snapshot, from any thread, and keep it; the table is rebuilt on the committing thread,
// so that an object which was written counts when the write returns.
//
// `Parts` is what the table is made of:
//   using Table = ...;
//   static std::span<const std::string_view> kinds();       as the store names them
//   Result<ResourceVersion> read(const Store& store, std::string_view kind);
//                                                           all there are, and the version that they are of
//   bool take(const StoredObject& object, bool deleted);    a change; false where it makes no difference
//   std::shared_ptr<const Table> make() const;              never null
#include "store/model/thread_number.hpp"
#include "store/store.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace doorward::resources {

template <class Parts>
class KeptCurrent {
 public:
  using Table = typename Parts::Table;

  // Reads what there is and follows `store`, which must outlive it.
  static Result<std::unique_ptr<KeptCurrent>> start(Store& store) {
    std::unique_ptr<KeptCurrent> made(new KeptCurrent);
    // Commits of the meantime wait for the lock, and what was read already is passed over then.
    const std::lock_guard lock(made->mutex_);
    made->subscription_ =
        store.subscribe([m = made.get()](std::span<const Change> changes) { m->follow(changes); });
    for (const std::string_view kind : Parts::kinds()) {
      const auto version = made->parts_.read(store, kind);
      if (!version) return std::unexpected(version.error());
      made->read_at_.emplace(kind, *version);
    }
    made->publish();
    return made;
  }

  // Never null.
  std::shared_ptr<const Table> current() const {
    const Place& place = places_[thread_number() % places_.size()];
    const std::lock_guard lock(place.mutex);
    return place.table;
  }

  // Rises with each new table, after it is there.
  std::uint64_t revision() const { return revision_.load(); }

 private:
  KeptCurrent() = default;

  void follow(std::span<const Change> changes) {
    const std::lock_guard lock(mutex_);
    bool differs = false;
    for (const auto& change : changes) {
      const auto read = read_at_.find(change.object.key.kind);
      if (read == read_at_.end() || change.version <= read->second) continue;
      differs = parts_.take(change.object, change.type == ChangeType::deleted) || differs;
    }
    if (differs) publish();
  }

  void publish() {
    const std::shared_ptr<const Table> made = parts_.make();
    for (Place& place : places_) {
      std::shared_ptr<const Table> table(made.get(), [made](const Table*) {});
      const std::lock_guard lock(place.mutex);
      place.table.swap(table);  // the old one goes after the lock
    }
    ++revision_;
  }

  // Where some threads find the table. Each place counts its references by itself, and loops that look at
  // each login share no cache line. The lock is held for a copy of the pointer. Not
  // std::atomic<std::shared_ptr>: that spins on a lock of its own in libstdc++ 12, and lets go of it in an
  // order that is a data race.
  struct alignas(64) Place {
    mutable std::mutex mutex;
    std::shared_ptr<const Table> table;
  };

  std::mutex mutex_;  // guards what the table is made of, until it is made
  Parts parts_;
  std::map<std::string, ResourceVersion, std::less<>>
      read_at_;  // by kind: older changes are in what was read

  std::array<Place, 8> places_;
  std::atomic<std::uint64_t> revision_ = 0;

  std::shared_ptr<void> subscription_;  // last: ends before the rest goes
};

}  // namespace doorward::resources
