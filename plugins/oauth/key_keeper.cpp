#include "plugins/oauth/key_keeper.hpp"

#include <utility>

namespace oauth_bridge {

KeyKeeper::KeyKeeper(Fetch fetch, Pace pace, Complain complain)
    : fetch_(std::move(fetch)), pace_(pace), complain_(std::move(complain)) {
  // A set that took long to come is as old as the question.
  fetched_at_ = Clock::now();
  keys_ = std::make_shared<const KeySet>(fetch_({}));
  next_fetch_ = Clock::now() + pace_.refresh;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

KeyKeeper::~KeyKeeper() = default;

KeyKeeper::Held KeyKeeper::held_now() const {
  if (Clock::now() - fetched_at_ <= pace_.keep) return {.keys = keys_, .fault = fault_};
  return {.keys = nullptr, .fault = fault_.empty() ? "the keys are too old" : fault_};
}

KeyKeeper::Held KeyKeeper::held() const {
  const std::lock_guard lock(mutex_);
  return held_now();
}

void KeyKeeper::wait_for_newer(const void* who, Waiter waiter) {
  std::unique_lock lock(mutex_);
  const auto now = Clock::now();
  if (!fetching_ && !wanted_) {
    if (last_wanted_ && now - *last_wanted_ < pace_.refetch) {
      const Held held = held_now();
      lock.unlock();
      return waiter(held);
    }
    last_wanted_ = now;
    wanted_ = true;
  }
  if (waiters_.size() >= max_waiters) {
    Held held = held_now();
    held.fault = "too many logins wait for the issuer's keys";
    lock.unlock();
    return waiter(held);
  }
  waiters_.insert_or_assign(who, std::move(waiter));
  changed_.notify_all();
}

void KeyKeeper::forget(const void* who) {
  // Goes behind the lock: what it owns may call back.
  Waiters::node_type dropped;
  const std::lock_guard lock(mutex_);
  dropped = waiters_.extract(who);
}

void KeyKeeper::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait_until(lock, stop, next_fetch_, [this] { return wanted_; });
    if (stop.stop_requested()) return;
    if (!wanted_ && Clock::now() < next_fetch_) continue;
    wanted_ = false;
    fetching_ = true;
    fetch_once(lock, stop);
    fetching_ = false;
    Waiters waiters = std::exchange(waiters_, {});
    const Held held = held_now();
    lock.unlock();
    for (auto& [who, waiter] : waiters) waiter(held);
    waiters.clear();
    lock.lock();
  }
}

void KeyKeeper::fetch_once(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  lock.unlock();
  const auto began = Clock::now();
  std::shared_ptr<const KeySet> keys;
  std::string fault;
  try {
    keys = std::make_shared<const KeySet>(fetch_(stop));
  } catch (const std::exception& error) {
    fault = error.what();
  }
  lock.lock();
  if (keys) {
    keys_ = std::move(keys);
    fetched_at_ = began;
  }
  next_fetch_ = Clock::now() + (fault.empty() ? pace_.refresh : pace_.retry);
  // Once for each fault, not once for each try.
  const bool is_news = !fault.empty() && fault != fault_ && !stop.stop_requested();
  fault_ = std::move(fault);
  if (!is_news) return;
  const std::string told = fault_;
  lock.unlock();
  complain_(told);
  lock.lock();
}

}  // namespace oauth_bridge
