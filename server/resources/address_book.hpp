#pragma once
// What the addresses of an address space take of its plan, kept between writes and brought up to date by the
// history since: a write of one address of a large space reads that one, and not all others to count them.
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
#include <string>

namespace doorward::resources {

// Of the addresses of one space, but for one.
struct OtherAddresses {
  std::uint64_t waiting = 0;                                  // that are not Active
  std::map<std::string, std::uint64_t, std::less<>> by_plan;  // Active ones, by their AddressPlan
  bool has_it = false;                                        // one of them is the address that was asked for
};

class AddressBook {
 public:
  // `max_addresses`: that are remembered, of all spaces together: of each its name, its address and its plan.
  explicit AddressBook(std::size_t max_addresses = 200'000) : max_addresses_(max_addresses) {}

  // But for the one named `name`; whether one of them is `address`. At the store's version when it is asked
  // or a later one. Nothing where that cannot be said now: then look at all of them. Asked about one store
  // only.
  std::optional<OtherAddresses> others(const Store& store, const ObjectRef& space, const std::string& name,
                                       const std::string& address);

 private:
  struct Entry {
    std::string address, plan;
    bool active = false;
  };
  struct Space {
    std::map<std::string, Entry, std::less<>> by_name;
    std::map<std::string, std::uint64_t, std::less<>> by_address, by_plan;
    std::uint64_t waiting = 0;
  };

  void forget();
  void take(const Change& change);
  void add(Space& space, const StoredObject& object);
  void remove(Space& space, const std::string& name);
  bool read(const Store& store, const ObjectRef& ref, Space& space);

  const std::size_t max_addresses_;
  std::mutex mutex_;
  HistoryFollower history_;
  std::map<ObjectRef, Space> spaces_;
  std::size_t addresses_ = 0;
};

}  // namespace doorward::resources
