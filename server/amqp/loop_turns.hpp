#pragma once
// Whose step is next on an event loop. A step of a login takes some ten microseconds of it, and sessions that
// are ready at the same time would take theirs in the order of their arrival: behind a router that has just
// come back with all its clients, a quiet address space would wait for hundreds of others at each of its
// steps. So where many log in at once, steps take turns between realms.
//
// Of one loop, on whose thread every call is made.
#include "server/amqp/connection_states.hpp"
#include "server/login/task.hpp"
#include "store/model/fair_queue.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace doorward {

class LoopTurns {
 public:
  // Logins under way on the loop that take no turns: they wait less for each other than turns would cost
  // them.
  static constexpr std::int64_t few = 16;

  // `states` are those of the loop's connections and outlive this.
  LoopTurns(LoopExecutor loop, const ConnectionStates& states) : loop_(loop), states_(states) {}

  bool needed() const { return !waiting_.empty() || states_.count(ConnectionState::login) > few; }
  // Until the realm's turn has come. Who waits when this goes is destroyed with it.
  Task<void> wait(std::string_view realm);

 private:
  void come(std::string_view realm, std::move_only_function<void()> go_on);
  void post();
  void let_some_go_on();

  const LoopExecutor loop_;
  const ConnectionStates& states_;
  FairQueue<std::move_only_function<void()>> waiting_;
  bool posted_ = false;  // let_some_go_on() will run
};

}  // namespace doorward
