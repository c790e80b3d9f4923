#pragma once
// The signals that tell the service what to do. They are for the main thread, which waits for them: while a
// SignalsHeld lives they interrupt nobody, and threads made in that time never get them.
#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace doorward {

class SignalsHeld {
 public:
  SignalsHeld();
  // As before: one that came meanwhile takes effect now.
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

  // SIGTERM, SIGINT or SIGHUP, whichever comes next.
  int wait() const;

 private:
  sigset_t held_;
  sigset_t before_;
};

// From now on a SIGHUP waits for the first SignalsHeld that waits for one, and never ends the process:
// whoever asks for a file to be reread does not know that the service is still coming up.
void hold_sighup();

// While the service ends: a second SIGTERM or SIGINT does not wait for that. Says the last words, then the
// process ends by the signal, as if nobody had held it. A SIGHUP means nothing any more. Lives inside of a
// SignalsHeld.
class SecondSignal {
 public:
  // Called on a thread of its own.
  explicit SecondSignal(std::function<void()> last_words);
  // Nobody waits for one any more; one that comes from now on waits until the SignalsHeld goes.
  ~SecondSignal();
  SecondSignal(const SecondSignal&) = delete;
  SecondSignal& operator=(const SecondSignal&) = delete;

 private:
  void wait() const;

  const std::function<void()> last_words_;
  std::atomic<bool> over_ = false;
  std::thread thread_;  // the last member
};

// Writing to a peer or a log reader that is gone is an error of that write, not the end of the process.
void ignore_broken_pipes();

}  // namespace doorward
