// The account of a bridge's calls: which are let in, how long each may take, and what the plugin still owes.
#include "plugins/host/bridge_core.hpp"
#include "plugins/host/exchange_state.hpp"

namespace doorward::plugins {

// A check is asked of a plugin that leaves calls unanswered, too: it tells whether all is well.
std::optional<Answer> BridgeCore::admit(CallKind kind) {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::open) return unavailable(judge().reason);
  if (kind != CallKind::check && calls_.full()) {
    ++counts_.refused;
    return unavailable("too many calls wait for their turn: " + std::to_string(calls_.waiting()));
  }
  ++counts_.unanswered;
  return std::nullopt;
}

void BridgeCore::call(CallKind kind, const std::shared_ptr<ExchangeState>& exchange, doorward_ticket ticket,
                      CallTurns::Place place, Job job) {
  const std::lock_guard lock(mutex_);
  const bool check = kind == CallKind::check;
  const auto until = Clock::now() + (check ? options_.time_limit : options_.patience);
  if (check) {
    jobs_.push_back(std::move(job));
  } else {
    calls_.wait(exchange->realm(), place, ticket, std::move(job));
  }
  deadlines_.add(ticket, until, exchange);
  wake_keeper_by(until);
  if (has_work()) has_job_.notify_one();
}

void BridgeCore::turn_came(doorward_ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto until = Clock::now() + options_.time_limit;
  deadlines_.move(ticket, until);
  wake_keeper_by(until);
}

bool BridgeCore::leave(const std::string& realm, doorward_ticket ticket) {
  const std::lock_guard lock(mutex_);
  return calls_.leave(realm, ticket);
}

void BridgeCore::answered(doorward_ticket ticket, bool broke_a_rule, const std::string* place_of) {
  const std::lock_guard lock(mutex_);
  --counts_.unanswered;
  if (broke_a_rule) ++counts_.bad_answers;
  deadlines_.remove(ticket);
  if (place_of != nullptr) calls_.give_place_back(*place_of);
  if (calls_.may_call()) has_job_.notify_one();
  wake_where_done();
}

void BridgeCore::give_place_back(const std::string& realm) {
  const std::lock_guard lock(mutex_);
  calls_.give_place_back(realm);
  if (calls_.may_call()) has_job_.notify_one();
}

void BridgeCore::exchange_began() {
  const std::lock_guard lock(mutex_);
  ++counts_.exchanges;
}

void BridgeCore::exchange_ended() {
  const std::lock_guard lock(mutex_);
  --counts_.exchanges;
  wake_where_done();
  changed_.notify_all();
}

void BridgeCore::timed_out(bool had_its_turn) {
  const std::lock_guard lock(mutex_);
  ++(had_its_turn ? counts_.timed_out : counts_.refused);
}

void BridgeCore::telling() {
  const std::lock_guard lock(mutex_);
  ++telling_;
}

void BridgeCore::told() {
  const std::lock_guard lock(mutex_);
  if (--telling_ == 0) changed_.notify_all();
}

void BridgeCore::post(Job job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  has_job_.notify_one();
}

void BridgeCore::unexpected_answer() {
  const std::lock_guard lock(mutex_);
  ++counts_.unexpected_answers;
}

BridgeCounts BridgeCore::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace doorward::plugins
