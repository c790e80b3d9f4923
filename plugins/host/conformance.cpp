#include "plugins/host/conformance.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

namespace doorward::plugins {
namespace {

constexpr std::size_t crowd = 64;
constexpr std::size_t vanishing = 500;
constexpr std::size_t vanishing_later = 100;  // each of which waits for an answer first

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
  Conformance(std::shared_ptr<const Library> library, BridgeOptions options,
              std::function<void(const Finding&)> found, std::function<void(std::string_view)> begins)
      : grace_(options.time_limit),
        found_(std::move(found)),
        begins_(std::move(begins)),
        bridge_(std::move(library), with_grace(std::move(options))) {}

  std::vector<Finding> run() {
    begin("it was opened");
    const Health health = bridge_.wait_for_health(2 * grace_);
    if (!say(health.up, "it opens with this configuration and its check says that all is well",
             health.reason))
      return end();
    const auto mechanisms = bridge_.mechanisms();
    say(!mechanisms.empty(), "it can do something", "`mechanisms` names none, and there is no `verify`");
    if (bridge_.verifies()) {
      begin("passwords were verified");
      verify_strangers();
    }
    for (const std::string& mechanism : mechanisms) {
      if (!bridge_.carries(mechanism)) continue;
      begin("nonsense was exchanged by " + mechanism);
      exchange_nonsense(mechanism);
    }
    for (const Way& way : ways()) {
      const std::string by = way.value_or("passwords");
      begin("many clients came at once by " + by);
      crowd_it(way);
      begin("clients vanished that came by " + by);
      vanish(way);
    }
    return end();
  }

 private:
  static BridgeOptions with_grace(BridgeOptions options) {
    options.close_grace = 2 * options.time_limit;
    options.patience = options.time_limit;
    options.in_flight = 8 * vanishing;
    return options;
  }

  void begin(const std::string& doing) const {
    if (begins_) begins_(doing);
  }

  bool say(bool good, std::string rule, const std::string& otherwise) {
    findings_.push_back({good, good || otherwise.empty() ? std::move(rule) : rule + ": " + otherwise});
    if (found_) found_(findings_.back());
    return good;
  }

  // Of answers to somebody who proved nothing.
  void judge(const std::string& to_what, const std::vector<Answer>& answers) {
    const auto let_in =
        std::ranges::count_if(answers, [](const Answer& a) { return a.verdict == Verdict::accepted; });
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
    std::vector<Answer> last;
    for (const std::string& message : messages) {
      Exchange exchange(bridge_, {"check", "127.0.0.1:1"});
      Gathered first;
      exchange.start(mechanism, Secret(message), first.done());
      Answer answer = first.wait().front();
      if (answer.verdict == Verdict::proceed) openings_.try_emplace(mechanism, message);
      for (int steps = 0; answer.verdict == Verdict::proceed && steps < 3; ++steps) {
        Gathered next;
        exchange.step(Secret(message), next.done());
        answer = next.wait().front();
      }
      last.push_back(std::move(answer));
    }
    judge(mechanism, last);
    Exchange silent(bridge_, {"check", "127.0.0.1:1"});
    Gathered gathered;
    silent.start(mechanism, std::nullopt, gathered.done());
    judge(mechanism + " without an initial response", gathered.wait());
  }

  // Each way in: a mechanism, or nothing for a password.
  using Way = std::optional<std::string>;
  std::vector<Way> ways() const {
    std::vector<Way> ways;
    if (bridge_.verifies()) ways.emplace_back(std::nullopt);
    for (std::string& mechanism : bridge_.mechanisms()) {
      if (bridge_.carries(mechanism)) ways.emplace_back(std::move(mechanism));
    }
    return ways;
  }

  Exchange newcomer() { return {bridge_, {"check", "127.0.0.1:1"}}; }

  // A message that is challenged, where there is one.
  Secret opening(const std::string& mechanism) const {
    const auto found = openings_.find(mechanism);
    return Secret(found == openings_.end() ? "nonsense" : found->second);
  }

  void ask(const Way& way, Exchange& exchange, Exchange::Done done) {
    if (way) return exchange.start(*way, opening(*way), std::move(done));
    exchange.verify("nobody-of-this-name", Secret("wrong"), std::move(done));
  }

  // All at once in their first call; then those who were challenged, in the next one.
  void crowd_it(const Way& way) {
    const std::string by = way.value_or("passwords");
    std::vector<Exchange> exchanges;
    std::vector<Gathered> first(crowd);
    for (Gathered& gathered : first) ask(way, exchanges.emplace_back(newcomer()), gathered.done());
    std::vector<Answer> answers;
    Gathered next;
    for (std::size_t i = 0; i < crowd; ++i) {
      answers.push_back(first[i].wait().front());
      if (answers.back().verdict == Verdict::proceed) exchanges[i].step(Secret("nonsense"), next.done());
    }
    std::ranges::move(next.wait(), std::back_inserter(answers));
    judge(std::to_string(crowd) + " clients at once by " + by, answers);
  }

  // In the first call; then, where there is a challenge, in turns between two calls and in the second one.
  // Each a little later than the one before, so that some go while their call waits, others while it runs,
  // others when it is answered.
  void vanish(const Way& way) {
    for (std::size_t i = 0; i < vanishing; ++i) {
      Exchange exchange = newcomer();
      ask(way, exchange, [](const Answer&) {});
      std::this_thread::sleep_for(i * std::chrono::microseconds(2));
    }
    if (!way || !openings_.contains(*way)) return;
    for (std::size_t i = 0; i < vanishing_later; ++i) {
      Exchange exchange = newcomer();
      Gathered first;
      ask(way, exchange, first.done());
      if (first.wait().front().verdict != Verdict::proceed) return;
      if (i % 2 == 0) continue;
      exchange.step(Secret("nonsense"), [](const Answer&) {});
      std::this_thread::sleep_for(i * std::chrono::microseconds(20));
    }
  }

  // What shows only when everything has ended.
  std::vector<Finding> end() {
    begin("it was closed");
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
  const std::function<void(const Finding&)> found_;
  const std::function<void(std::string_view)> begins_;
  std::map<std::string, std::string> openings_;  // by mechanism
  std::vector<Finding> findings_;
  Bridge bridge_;
};

}  // namespace

std::vector<Finding> check_conformance(std::shared_ptr<const Library> library, BridgeOptions options,
                                       std::function<void(const Finding&)> found,
                                       std::function<void(std::string_view)> begins) {
  return Conformance(std::move(library), std::move(options), std::move(found), std::move(begins)).run();
}

}  // namespace doorward::plugins
