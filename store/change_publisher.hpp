#pragma once
// Tells subscribers of commits, for a back end: on the committing thread, in commit order, and without a lock
// held that a subscriber could want. Safe from any thread.
#include "store/store.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace doorward {

class ChangePublisher {
 public:
  // A place in the queue, to be taken while the order of commits is still held and to be published for
  // certain: whoever comes later waits for it.
  std::uint64_t take_place();
  // Waits until everything before `place` is published.
  void publish(std::uint64_t place, std::span<const Change> changes);

  std::shared_ptr<void> subscribe(Store::Subscriber subscriber);

 private:
  // The mutex is held during a call, so that whoever ends the subscription knows that no call is left.
  struct Subscription {
    std::mutex mutex;
    Store::Subscriber call;  // empty once it has ended
  };

  static void end_turn(ChangePublisher* publisher);

  std::mutex mutex_;
  std::condition_variable published_;
  std::uint64_t next_place_ = 0;
  std::uint64_t now_publishing_ = 0;
  std::vector<std::weak_ptr<Subscription>> subscriptions_;
};

}  // namespace doorward
