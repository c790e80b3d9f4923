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
  // `look` runs on the thread; `asked`: somebody called ask() since the last time.
  Watchman(std::chrono::milliseconds every, std::function<void(bool asked)> look);
  // Waits for the look that is under way.
  ~Watchman() = default;

  void ask();

 private:
  void run(const std::stop_token& stop);

  const std::chrono::milliseconds every_;
  const std::function<void(bool asked)> look_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool asked_ = false;
  std::jthread thread_;  // the last member: gone before what it uses
};

}  // namespace doorward
