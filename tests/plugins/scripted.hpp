#pragma once
// A plugin for the tests of the host, in the test's own process: it does with each call what the test says,
// answers from whatever thread, and keeps count of what doorward does with its exchanges. A bridge over it,
// and a wait that ends when what is waited for is there.
#include "plugins/host/bridge.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace doorward::plugins {

// For what has to happen at all; no test passes or fails by how long it took.
inline constexpr std::chrono::seconds patience{60};

class Scripted {
 public:
  // What a call is about; `exchange` is what the plugin keeps of it.
  struct Asked {
    std::string what;  // open, check, verify, start, step
    std::string text;  // username, mechanism, response
    doorward_ticket ticket = 0;
  };
  using Behaviour = std::function<void(const Asked&)>;

  explicit Scripted(Behaviour behaviour) : behaviour_(std::move(behaviour)) { current_ = this; }
  ~Scripted() { current_ = nullptr; }

  std::shared_ptr<const Library> library() { return Library::of_table(&table).value(); }

  static Scripted* current() { return current_; }
  void checked(doorward_ticket ticket) { call({"check", "", ticket}); }

  static void answer(doorward_ticket ticket, std::uint32_t outcome, std::string_view identity = {},
                     std::string_view challenge = {}) {
    const doorward_answer answer{.size = sizeof answer,
                                 .outcome = outcome,
                                 .rights = DOORWARD_RIGHTS_GIVEN,
                                 .reason = {},
                                 .challenge = {challenge.data(), challenge.size()},
                                 .identity = {identity.data(), identity.size()},
                                 .groups = nullptr,
                                 .group_count = 0,
                                 .rules = nullptr,
                                 .rule_count = 0};
    host->complete(ticket, &answer);
  }

  // Waits until `done` holds, looking whenever the plugin was called.
  template <class Done>
  bool wait(Done done) {
    std::unique_lock lock(mutex_);
    return called_.wait_for(lock, patience, done);
  }

  // The names begin with "scripted" so that a function and its table entry are told apart.
  doorward_plugin table{.size = sizeof(doorward_plugin),
                        .abi = DOORWARD_PLUGIN_ABI,
                        .reserved = 0,
                        .name = "scripted",
                        .version = "1",
                        .open = scripted_open,
                        .close = scripted_close,
                        .check = nullptr,
                        .verify = scripted_verify,
                        .mechanisms = scripted_mechanisms,
                        .start = scripted_start,
                        .step = scripted_step,
                        .cancel = scripted_cancel,
                        .release = scripted_release};
  static inline const doorward_host* host = nullptr;
  std::atomic<int> opened = 0, closed = 0, cancelled = 0, released = 0, begun = 0;
  std::vector<const char*> mechanisms{"X-TEST", nullptr};

 private:
  // What an exchange of the plugin is: ASan finds one that is touched after its release.
  struct Kept {
    int touched = 0;
  };

  void call(const Asked& asked) {
    behaviour_(asked);
    notify();
  }
  void notify() {
    const std::lock_guard lock(mutex_);
    called_.notify_all();
  }
  // Under the lock, so that whoever waits for it may take this apart.
  void count(std::atomic<int>& counter) {
    const std::lock_guard lock(mutex_);
    ++counter;
    called_.notify_all();
  }
  static Scripted& self(void* instance) { return *static_cast<Scripted*>(instance); }
  static std::string text(const doorward_bytes& bytes) { return std::string(bytes.data, bytes.size); }

  static int scripted_open(const doorward_host* the_host, const doorward_settings*, void** instance, char*,
                           std::size_t) {
    host = the_host;
    *instance = current_;
    ++current_->opened;
    current_->call({"open", "", 0});
    return 0;
  }
  static void scripted_close(void* instance) { self(instance).count(self(instance).closed); }
  static void scripted_verify(void* instance, doorward_ticket ticket, const doorward_password* asked,
                              void** exchange) {
    *exchange = new Kept;
    ++self(instance).begun;
    self(instance).call({"verify", text(asked->username), ticket});
  }
  static const char* const* scripted_mechanisms(void* instance) { return self(instance).mechanisms.data(); }
  static void scripted_start(void* instance, doorward_ticket ticket, const doorward_start* asked,
                             void** exchange) {
    *exchange = new Kept;
    ++self(instance).begun;
    self(instance).call({"start", text(asked->mechanism), ticket});
  }
  static void scripted_step(void* instance, void* exchange, doorward_ticket ticket, doorward_bytes response) {
    ++static_cast<Kept*>(exchange)->touched;
    self(instance).call({"step", text(response), ticket});
  }
  static void scripted_cancel(void* instance, void* exchange) {
    (void)static_cast<volatile Kept*>(exchange)->touched;
    self(instance).count(self(instance).cancelled);
  }
  static void scripted_release(void* instance, void* exchange) {
    delete static_cast<Kept*>(exchange);
    self(instance).count(self(instance).released);
  }

  static inline Scripted* current_ = nullptr;
  const Behaviour behaviour_;
  std::mutex mutex_;
  std::condition_variable called_;
};

// A call's answer, waited for.
class Waiting {
 public:
  Exchange::Done done() {
    return [state = state_](Answer answer) {
      const std::lock_guard lock(state->mutex);
      state->answers.push_back(std::move(answer));
      state->changed.notify_all();
    };
  }
  // Of the n-th call that done() was made for.
  Answer get(std::size_t n = 0) {
    std::unique_lock lock(state_->mutex);
    if (!state_->changed.wait_for(lock, patience, [&] { return state_->answers.size() > n; }))
      return {.verdict = Verdict::fault, .reason = "nothing came"};
    return state_->answers[n];
  }
  std::size_t answers() const {
    const std::lock_guard lock(state_->mutex);
    return state_->answers.size();
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Answer> answers;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace doorward::plugins
