#include "plugins/host/conformance.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace doorward::plugins {
namespace {

constexpr std::size_t crowd = 64;
constexpr std::size_t vanishing = 500;

// How the answers of some calls were, gathered from whatever threads they come on.
class Gathered {
 public:
  Exchange::Done done() {
    ++asked_;
    return [state = state_](const Answer& answer) {
      const std::lock_guard lock(state->mutex);
      state->answers.push_back(answer);
      state->changed.notify_all();
    };
  }
  // The host ends every call within its time limit, so this ends as well.
  std::vector<Answer> wait() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->answers.size() == asked_; });
    return state_->answers;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Answer> answers;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::size_t asked_ = 0;
};

class Conformance {
 public:
  Conformance(std::shared_ptr<const Library> library, BridgeOptions options)
      : grace_(options.time_limit), bridge_(std::move(library), with_grace(std::move(options))) {}

  std::vector<Finding> run() {
    const Health health = bridge_.wait_for_health(2 * grace_);
    if (!say(health.up, "it opens with this configuration and its check says that all is well",
             health.reason))
      return end();
    const auto mechanisms = bridge_.mechanisms();
    say(!mechanisms.empty(), "it can do something", "`mechanisms` names none, and there is no `verify`");
    if (bridge_.verifies()) verify_strangers();
    for (const std::string& mechanism : mechanisms) {
      if (bridge_.carries(mechanism)) exchange_nonsense(mechanism);
    }
    crowd_it();
    vanish();
    return end();
  }

 private:
  static BridgeOptions with_grace(BridgeOptions options) {
    options.close_grace = 2 * options.time_limit;
    options.in_flight = 2 * vanishing;
    return options;
  }

  bool say(bool good, std::string rule, const std::string& otherwise) {
    findings_.push_back({good, good || otherwise.empty() ? std::move(rule) : rule + ": " + otherwise});
    return good;
  }

  // Of answers to somebody who proved nothing.
  void judge(const std::string& to_what, const std::vector<Answer>& answers) {
    const auto count = [&](auto is) { return std::ranges::count_if(answers, is); };
    const auto let_in = count([](const Answer& a) { return a.verdict == Verdict::accepted; });
    say(let_in == 0, "it lets nobody in who proved nothing, by " + to_what,
        "it answered ACCEPTED " + std::to_string(let_in) + " times");
    for (const Answer& answer : answers) {
      if (!answer.broke_a_rule) continue;
      say(false, "its answers to " + to_what + " keep within the bounds", answer.reason);
      return;
    }
  }

  void verify_strangers() {
    const std::string names[] = {
        "nobody-of-this-name",    "",         std::string(1, '\0'), std::string(256, 'a'),
        std::string(16'000, 'a'), "\xff\xfe", "*)(uid=*",           "a\nb",
        "../../etc/passwd"};
    const std::string passwords[] = {"wrong", "", std::string("a\0b", 3), std::string(16'000, 'p'), "\xff"};
    std::vector<Exchange> exchanges;
    Gathered gathered;
    for (const std::string& name : names) {
      for (const std::string& password : passwords) {
        exchanges.emplace_back(bridge_, Exchange::Client{"check", "127.0.0.1:1"})
            .verify(name, Secret(password), gathered.done());
      }
    }
    judge("passwords", gathered.wait());
  }

  // Each message twice: first, and in answer to a first challenge.
  void exchange_nonsense(const std::string& mechanism) {
    const std::string messages[] = {"",
                                    std::string(1, '\0'),
                                    "nonsense",
                                    std::string(16'000, 'n'),
                                    "\xff\xfe",
                                    std::string("\0nobody-of-this-name\0wrong", 26),
                                    "n,,n=nobody,r=abc"};
    for (const std::string& message : messages) {
      Exchange exchange(bridge_, {"check", "127.0.0.1:1"});
      Gathered first;
      exchange.start(mechanism, Secret(message), first.done());
      Answer answer = first.wait().front();
      for (int steps = 0; answer.verdict == Verdict::proceed && steps < 3; ++steps) {
        Gathered next;
        exchange.step(Secret(message), next.done());
        answer = next.wait().front();
      }
      judge(mechanism, {answer});
      if (!findings_.back().good) return;
      findings_.pop_back();  // one line for all messages
    }
    say(true, "it lets nobody in who proved nothing, by " + mechanism, {});
    Exchange silent(bridge_, {"check", "127.0.0.1:1"});
    Gathered gathered;
    silent.start(mechanism, std::nullopt, gathered.done());
    judge(mechanism + " without an initial response", gathered.wait());
  }

  void ask(Exchange& exchange, Exchange::Done done) {
    if (bridge_.verifies()) return exchange.verify("nobody-of-this-name", Secret("wrong"), std::move(done));
    exchange.start(bridge_.mechanisms().front(), Secret("nonsense"), std::move(done));
  }

  void crowd_it() {
    if (bridge_.mechanisms().empty()) return;
    std::vector<Exchange> exchanges;
    Gathered gathered;
    for (std::size_t i = 0; i < crowd; ++i)
      ask(exchanges.emplace_back(bridge_, Exchange::Client{"check", "127.0.0.1:1"}), gathered.done());
    judge(std::to_string(crowd) + " clients at once", gathered.wait());
  }

  void vanish() {
    if (bridge_.mechanisms().empty()) return;
    for (std::size_t i = 0; i < vanishing; ++i) {
      Exchange exchange(bridge_, {"check", "127.0.0.1:1"});
      ask(exchange, [](const Answer&) {});
    }
  }

  // What shows only when everything has ended.
  std::vector<Finding> end() {
    const bool closed = bridge_.close();
    const BridgeCounts counts = bridge_.counts();
    say(counts.timed_out == 0, "it answers every call within the time limit",
        std::to_string(counts.timed_out) +
            " calls were not answered in time: call complete() once for each ticket, also where something "
            "fails");
    say(counts.unexpected_answers == 0, "it answers each call once",
        std::to_string(counts.unexpected_answers) +
            " answers were to no call that waited for one: a ticket is used up by its first answer");
    say(closed, "it ends: every call is answered, and `close` returns",
        std::to_string(counts.unanswered) + " calls are still unanswered, " +
            std::to_string(counts.exchanges) + " exchanges not ended");
    return std::move(findings_);
  }

  const std::chrono::milliseconds grace_;
  Bridge bridge_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_conformance(std::shared_ptr<const Library> library, BridgeOptions options) {
  return Conformance(std::move(library), std::move(options)).run();
}

}  // namespace doorward::plugins
