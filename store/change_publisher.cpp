#include "store/change_publisher.hpp"

#include <utility>

namespace doorward {

std::uint64_t ChangePublisher::take_place() {
  const std::lock_guard lock(mutex_);
  return next_place_++;
}

void ChangePublisher::publish(std::uint64_t place, std::span<const Change> changes) {
  std::vector<std::shared_ptr<Subscription>> subscriptions;
  {
    std::unique_lock lock(mutex_);
    published_.wait(lock, [&] { return now_publishing_ == place; });
    std::erase_if(subscriptions_, [](const auto& subscription) { return subscription.expired(); });
    for (const auto& subscription : subscriptions_) {
      if (auto alive = subscription.lock()) subscriptions.push_back(std::move(alive));
    }
  }
  // Also where a subscriber throws: the next commit would wait for ever.
  const std::unique_ptr<ChangePublisher, decltype(&end_turn)> turn(this, &end_turn);
  for (const auto& subscription : subscriptions) {
    const std::lock_guard lock(subscription->mutex);
    if (subscription->call) subscription->call(changes);
  }
}

void ChangePublisher::end_turn(ChangePublisher* publisher) {
  {
    const std::lock_guard lock(publisher->mutex_);
    ++publisher->now_publishing_;
  }
  publisher->published_.notify_all();
}

std::shared_ptr<void> ChangePublisher::subscribe(Store::Subscriber subscriber) {
  auto subscription = std::make_shared<Subscription>();
  subscription->call = std::move(subscriber);
  {
    const std::lock_guard lock(mutex_);
    subscriptions_.push_back(subscription);
  }
  Subscription* address = subscription.get();
  return {address, [kept = std::move(subscription)](void*) {
            const std::lock_guard lock(kept->mutex);
            kept->call = nullptr;
          }};
}

}  // namespace doorward
