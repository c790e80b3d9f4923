#pragma once
// What all exchanges at a bridge share: bridge_core.cpp has the threads and the life of the plugin,
// bridge_calls.cpp the account of its calls. Part of bridge.hpp: exchange_state.hpp is one exchange,
// bridge.cpp what others see of both, and nobody else includes this.
//
// Any thread. The lock here is taken with that of an exchange held, and never the other way round.
#include "plugins/host/bridge.hpp"
#include "plugins/host/call_turns.hpp"
#include "plugins/host/deadlines.hpp"
#include "plugins/host/registry.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace doorward::plugins {

class ExchangeState;

// Owned by the Bridge, its threads and its exchanges together: the last one of them takes it apart.
class BridgeCore : public BridgeEvents, public std::enable_shared_from_this<BridgeCore> {
 public:
  using Clock = std::chrono::steady_clock;
  using Job = CallTurns::Job;

  BridgeCore(std::shared_ptr<const Library> library, BridgeOptions options);
  ~BridgeCore() override;
  void begin();  // makes the threads
  bool close();

  const doorward_plugin& table() const { return library_->table(); }
  const BridgeOptions& options() const { return options_; }
  doorward_ticket id() const { return id_; }
  void* instance() const { return instance_; }  // once it is open, and the same from then on

  // Room for one more call, or why there is none.
  std::optional<Answer> admit(CallKind kind);
  // A call that was admitted is made when its turn comes, a check before any other.
  void call(CallKind kind, const std::shared_ptr<ExchangeState>& exchange, doorward_ticket ticket,
            CallTurns::Place place, Job job);
  // From now on the plugin has its time limit for it.
  void turn_came(doorward_ticket ticket);
  // False where its turn has come. A call that left has to be ended.
  bool leave(const std::string& realm, doorward_ticket ticket);
  // A call that was admitted has ended, and its place is free where it had one. `place_of`: the realm that
  // had it, null where there is none.
  void answered(doorward_ticket ticket, bool broke_a_rule, const std::string* place_of);
  void give_place_back(const std::string& realm);
  void exchange_began();
  void exchange_ended();
  void timed_out(bool had_its_turn);
  bool closing() const;
  // Around each Done that is told, so that close() can wait for it.
  void telling();
  void told();
  // Before any call: what the plugin is told of exchanges that it has.
  void post(Job job);
  void checked(const Answer& answer);

  void unexpected_answer() override;
  void log(std::uint32_t level, std::string_view text) override;

  Health health() const;
  Health wait_for_health(std::chrono::milliseconds at_most) const;
  bool is_open() const;
  std::vector<std::string> carried() const;  // the mechanisms that the plugin names
  BridgeCounts counts() const;

 private:
  enum class Phase : std::uint8_t { opening, open, closing, closed };

  void work(bool opens);
  void open();
  std::string try_to_open();
  void keep();
  void check();
  // With the lock:
  Health judge() const;
  bool has_work() const;
  bool all_done() const;
  void wake_where_done();
  void wake_keeper_by(Clock::time_point time);

  const std::shared_ptr<const Library> library_;
  const BridgeOptions options_;
  doorward_ticket id_ = 0;
  void* instance_ = nullptr;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;  // phase, health, deadlines
  std::condition_variable has_job_;          // or there will be none
  Phase phase_ = Phase::opening;
  std::string open_fault_;  // why the last `open` failed; empty: none has
  bool opened_ = false;     // and has to be closed
  std::vector<std::string> carried_;
  std::deque<Job> jobs_;  // go before calls
  CallTurns calls_;
  Deadlines<std::weak_ptr<ExchangeState>> deadlines_;
  Clock::time_point keeper_wakes_;
  std::size_t workers_ = 0;
  std::weak_ptr<ExchangeState> check_;  // as long as it is unanswered no other one is made
  Clock::time_point next_check_;
  std::optional<Answer> checked_;  // the last answer to a check
  std::size_t telling_ = 0;
  bool close_asked_ = false;
  BridgeCounts counts_;
};

}  // namespace doorward::plugins
