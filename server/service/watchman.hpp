#pragma once
// One thread that looks after the files of the service: every second, and at once when asked. What it does
// may block and take its time; nobody waits for it.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace doorward {

class Watchman {
 public:
  // `asked`: somebody called ask() since the last time. `stop`: nobody wants the rest of a long look.
  using Look = std::function<void(bool asked, const std::stop_token& stop)>;
  Watchman(std::chrono::milliseconds every, Look look);
  // Waits for the look that is under way.
  ~Watchman() = default;

  void ask();
  // The last look is the one that is under way. Does not wait for it.
  void stop() { thread_.request_stop(); }

 private:
  void run(const std::stop_token& stop);

  const std::chrono::milliseconds every_;
  const Look look_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool asked_ = false;
  std::jthread thread_;  // the last member: gone before what it uses
};

}  // namespace doorward
