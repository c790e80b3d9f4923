#pragma once
// Whoever writes what follows from objects that it only read (a status, a realm, a count) takes a turn from
// its last look at the store's version to its commit, so that what it read still holds when it is written.
// One for each store, shared by all of its writers in this process. Any thread.
#include <mutex>

namespace doorward::resources {

class WriteTurns {
 public:
  using Turn = std::unique_lock<std::mutex>;
  Turn take() { return Turn(mutex_); }

 private:
  std::mutex mutex_;
};

}  // namespace doorward::resources
