#include "server/signals.hpp"

#include <initializer_list>
#include <pthread.h>

namespace doorward {

SignalsHeld::SignalsHeld() {
  sigemptyset(&held_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&held_, number);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

SignalsHeld::~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

int SignalsHeld::wait() const {
  int number = 0;
  while (sigwait(&held_, &number) != 0) {
  }
  return number;
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void ignore_hangups() { std::signal(SIGHUP, SIG_IGN); }

}  // namespace doorward
