// One flight is one review of one token, from when it is first asked for until all that wait for it have
// their answer. Flights take off when it is their turn; the order of their ids is that of their deadlines.
#include "server/reviews/reviewer.hpp"

#include "server/ops/log.hpp"
#include "server/ops/metrics.hpp"
#include "server/reviews/https_posts.hpp"
#include "server/reviews/jwt_claims.hpp"
#include "server/reviews/token_review.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace doorward {
namespace {

using Clock = std::chrono::steady_clock;

// Where there is nothing to wait for but a wake().
constexpr std::chrono::milliseconds long_time = std::chrono::minutes(1);

Review no_review(LoginReason reason) { return std::unexpected(Failure{SaslCode::sys_temp, reason}); }

struct Flight {
  HttpsPosts::Id id;
  TokenMac mac;
  Secret token;
  Clock::time_point began;
  Clock::time_point deadline;
  std::vector<TokenReviews::Done> waiting;
  bool served = true;   // somebody waits for it whose realm is; with the lock
  bool in_air = false;  // the thread's
};

using FlightPtr = std::shared_ptr<Flight>;

}  // namespace

struct Reviewer::State {
  explicit State(ReviewSettings all)
      : settings(std::move(all)),
        source(settings.server),
        posts(settings.turns.under_way, settings.answer_bytes),
        memory(settings.memory),
        turns(settings.turns) {}

  // The thread, and nobody else
  void run();
  void take_off();
  FlightPtr take_next();
  void ask(const FlightPtr& flight);
  void land(const HttpsPosts::Ended& ended);
  void give_up_late();
  void end(const FlightPtr& flight, const Review& review);
  void let_go(const FlightPtr& flight, const Review& review);
  void tell(const Review& review, std::string_view detail);
  Clock::time_point next_deadline();

  void count(const Review& review);

  const ReviewSettings settings;
  ApiServerSource source;
  HttpsPosts posts;
  ReviewMemory memory;
  LoginReason told = LoginReason::accepted;  // to the log, of the last review

  std::mutex mutex;
  bool stopping = false;
  HttpsPosts::Id last_id = 0;
  std::map<HttpsPosts::Id, FlightPtr> flights;  // by id, so by deadline
  std::unordered_map<TokenMac, FlightPtr, TokenMacHash> by_token;
  ReviewTurns turns;  // of those on the ground

  metrics::Counters results{{"doorward_token_reviews",
                             "Reviews of tokens that ended, by what came of them: accepted, token_..., or "
                             "review_... where none could be had.",
                             {{"result", 32}}}};
  metrics::Durations durations{{"doorward_token_review_duration_seconds",
                                "From the first question about a token to the answer, with the time that it "
                                "waited for its turn."}};
  std::atomic<std::uint64_t> remembered = 0, not_remembered = 0;

  std::jthread thread;  // the last member: gone before what it uses
};

Reviewer::Reviewer(ReviewSettings settings) : state_(std::make_unique<State>(std::move(settings))) {
  state_->thread = std::jthread([state = state_.get()] { state->run(); });
}

Reviewer::~Reviewer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->posts.wake();
  state_->thread.join();
}

std::optional<Review> Reviewer::known(const Secret& token) {
  auto found = state_->memory.find(state_->memory.mac(token), Moment::now());
  (found ? state_->remembered : state_->not_remembered).fetch_add(1, std::memory_order_relaxed);
  return found;
}

void Reviewer::review(const Secret& token, const ReviewLine& line, Done done) {
  State& state = *state_;
  const TokenMac mac = state.memory.mac(token);
  const bool served = line.kind != ReviewLine::Kind::unknown_realms;
  std::optional<Review> at_once;
  {
    const std::lock_guard lock(state.mutex);
    const auto under_way = state.by_token.find(mac);
    if (under_way != state.by_token.end()) {
      under_way->second->waiting.push_back(std::move(done));
      under_way->second->served |= served;
      if (!state.turns.join(under_way->second->id, line)) return;
    } else if ((at_once = state.memory.find(mac, Moment::now()))) {
      // One has ended since whoever asks has looked.
    } else if (!state.turns.wait(++state.last_id, line)) {
      at_once = no_review(LoginReason::reviews_overloaded);
      if (served) state.count(*at_once);
    } else {
      const auto now = Clock::now();
      const auto flight = std::make_shared<Flight>(Flight{.id = state.last_id,
                                                          .mac = mac,
                                                          .token = token.clone(),
                                                          .began = now,
                                                          .deadline = now + state.settings.timeout,
                                                          .waiting = {},
                                                          .served = served});
      flight->waiting.push_back(std::move(done));
      state.flights.emplace(flight->id, flight);
      state.by_token.emplace(mac, flight);
    }
  }
  if (at_once) return done(std::move(*at_once));
  state.posts.wake();
}

void Reviewer::State::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
    }
    take_off();
    for (const HttpsPosts::Ended& ended : posts.advance()) land(ended);
    give_up_late();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_deadline() - Clock::now());
    // There may be room for a next one by now.
    const bool idle = [this] {
      const std::lock_guard lock(mutex);
      return turns.none();
    }();
    posts.wait(idle ? std::clamp(left, std::chrono::milliseconds(0), long_time)
                    : std::chrono::milliseconds(0));
  }
}

void Reviewer::State::take_off() {
  while (const FlightPtr next = take_next()) ask(next);
}

// Null where none may begin.
FlightPtr Reviewer::State::take_next() {
  const std::lock_guard lock(mutex);
  const auto id = turns.next();
  return id ? flights.at(*id) : nullptr;
}

void Reviewer::State::ask(const FlightPtr& flight) {
  const auto server = source.read();
  if (!server) {
    const Review none = no_review(LoginReason::review_misconfigured);
    tell(none, server.error().message);
    return end(flight, none);
  }
  posts.begin(flight->id, *server, token_review_path,
              token_review_request(flight->token, settings.audiences));
  flight->in_air = true;
}

void Reviewer::State::land(const HttpsPosts::Ended& ended) {
  const FlightPtr flight = [&] {
    const std::lock_guard lock(mutex);
    return flights.at(ended.id);
  }();
  if (!ended.outcome) {
    const Review none = no_review(ended.outcome.error().reason);
    tell(none, ended.outcome.error().detail);
    return end(flight, none);
  }
  const HttpsPosts::Answer& answer = *ended.outcome;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const Review review = read_token_review(answer.status, answer.body, flight->token, settings.audiences, now);
  tell(review, "HTTP status " + std::to_string(answer.status));
  end(flight, review);
}

void Reviewer::State::give_up_late() {
  const Clock::time_point now = Clock::now();
  std::vector<FlightPtr> late, strangers;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [id, flight] : flights) {
      if (flight->deadline > now) break;
      (flight->in_air || flight->served ? late : strangers).push_back(flight);
    }
  }
  // Nobody was asked about these, and the line that they stood in is short on purpose: that says nothing of
  // the API server, so it is neither counted nor remembered.
  for (const FlightPtr& flight : strangers) let_go(flight, no_review(LoginReason::reviews_overloaded));
  const Review none = no_review(LoginReason::review_timed_out);
  for (const FlightPtr& flight : late) {
    posts.cancel(flight->id);
    tell(none, "the API server took too long");
    end(flight, none);
  }
}

// Remembered before it is forgotten that it was under way, so that nobody asks a second time in between.
void Reviewer::State::end(const FlightPtr& flight, const Review& review) {
  count(review);
  durations.observe({}, Clock::now() - flight->began);
  memory.remember(flight->mac, review, claims_of(flight->token.reveal()).expires, Moment::now());
  let_go(flight, review);
}

void Reviewer::State::let_go(const FlightPtr& flight, const Review& review) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex);
    flights.erase(flight->id);
    by_token.erase(flight->mac);
    turns.ended(flight->id);
    waiting = std::move(flight->waiting);
  }
  for (Done& done : waiting) done(review);
}

void Reviewer::State::count(const Review& review) {
  results.add({to_string(review ? LoginReason::accepted : review.error().reason)});
}

void Reviewer::collect(metrics::Exposition& page) const {
  state_->results.collect(page);
  state_->durations.collect(page);
  page.counter("doorward_token_memory_hits", "Tokens whose review was remembered.",
               state_->remembered.load(std::memory_order_relaxed));
  page.counter("doorward_token_memory_misses", "Tokens that the API server had to be asked about.",
               state_->not_remembered.load(std::memory_order_relaxed));
  const std::lock_guard lock(state_->mutex);
  page.gauge("doorward_token_reviews_under_way", "Tokens that are being reviewed, or wait for their turn.",
             static_cast<double>(state_->flights.size()));
}

// Each login says for itself why it failed; this is for who runs the service, once for each change.
void Reviewer::State::tell(const Review& review, std::string_view detail) {
  const bool had = review || review.error().code == SaslCode::auth;
  const LoginReason reason = had ? LoginReason::accepted : review.error().reason;
  if (std::exchange(told, reason) == reason) return;
  if (had) {
    log::info("token reviews work again");
  } else {
    log::warning("no token review can be had", {{"reason", to_string(reason)}, {"detail", detail}});
  }
}

Clock::time_point Reviewer::State::next_deadline() {
  const std::lock_guard lock(mutex);
  return flights.empty() ? Clock::now() + long_time : flights.begin()->second->deadline;
}

}  // namespace doorward
