#include "server/service/watchman.hpp"

#include <utility>

namespace doorward {

Watchman::Watchman(std::chrono::milliseconds every, Look look)
    : every_(every), look_(std::move(look)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Watchman::ask() {
  const std::lock_guard lock(mutex_);
  asked_ = true;
  wake_.notify_one();
}

void Watchman::run(const std::stop_token& stop) {
  for (;;) {
    bool asked = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, every_, [this] { return asked_; });
      asked = std::exchange(asked_, false);
    }
    if (stop.stop_requested()) return;
    look_(asked, stop);
  }
}

}  // namespace doorward
