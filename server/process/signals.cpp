#include "server/process/signals.hpp"

#include <initializer_list>
#include <pthread.h>
#include <utility>

namespace doorward {

namespace {

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

// The next one of `set`.
int wait_for(const sigset_t& set) {
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
}

}  // namespace

SignalsHeld::SignalsHeld() : held_(ours()) { pthread_sigmask(SIG_BLOCK, &held_, &before_); }

SignalsHeld::~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

int SignalsHeld::wait() const { return wait_for(held_); }

void hold_sighup() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SecondSignal::SecondSignal(std::function<void()> last_words)
    : last_words_(std::move(last_words)), thread_([this] { wait(); }) {}

SecondSignal::~SecondSignal() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);  // which it wakes up for
  thread_.join();
}

void SecondSignal::wait() const {
  const sigset_t set = ours();
  int number = SIGHUP;
  while (number == SIGHUP) {
    number = wait_for(set);
    if (over_) return;
  }
  last_words_();
  std::signal(number, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(number);
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace doorward
