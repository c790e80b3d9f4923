#pragma once
// The signals that tell the service what to do. They are for the main thread, which waits for them: while a
// SignalsHeld lives they interrupt nobody, and threads made in that time never get them.
#include <csignal>

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

// Writing to a peer or a log reader that is gone is an error of that write, not the end of the process.
void ignore_broken_pipes();

// A SIGHUP that comes from here on means nothing.
void ignore_hangups();

}  // namespace doorward
