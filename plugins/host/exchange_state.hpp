#pragma once
// One exchange at a plugin, from its first call to its release. A part of bridge.hpp: `Exchange` there is
// what a login sees of it.
//
// Any thread. A call is made by a worker, answered by any thread, given up by the login or by the time limit;
// whoever comes first decides, under the lock, and the others find it decided.
#include "plugins/host/bridge_core.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace doorward::plugins {

class ExchangeState : public Call, public std::enable_shared_from_this<ExchangeState> {
 public:
  using Enter = std::move_only_function<void(doorward_ticket ticket, void*& handle)>;

  ExchangeState(std::shared_ptr<BridgeCore> core, std::string realm)
      : core_(std::move(core)), realm_(std::move(realm)) {}

  const std::shared_ptr<BridgeCore>& core() const { return core_; }
  const std::string& realm() const { return realm_; }

  void call(CallKind kind, Enter enter, Exchange::Done done);
  void answer(const doorward_answer* answer) override;
  void expire(doorward_ticket ticket);
  void give_up();

 private:
  void enter(doorward_ticket ticket, Enter& enter);
  void drop(doorward_ticket ticket, std::unique_lock<std::mutex> lock, bool had_place);
  void leave_line(doorward_ticket ticket);
  void leave();
  Exchange::Done take_done();  // with the lock, and then tell()
  void tell(Exchange::Done& done, Answer answer);
  void cancel_if_under_way();
  void release_if_over();

  const std::shared_ptr<BridgeCore> core_;
  const std::string realm_;  // in whose line its calls wait; empty for a check

  std::mutex mutex_;
  CallKind kind_ = CallKind::exchange;
  doorward_ticket ticket_ = 0;
  Exchange::Done done_;            // of the call that somebody waits for
  std::optional<Answer> pending_;  // given before the call returned: told when it has
  void* handle_ = nullptr;         // the plugin's
  unsigned inside_ = 0;            // functions of the plugin that run for this exchange
  bool begun_ = false;             // the plugin has heard of it
  bool entered_ = false;           // and of the call with this ticket
  bool has_place_ = false;         // of the calls that may be unanswered
  bool answered_ = true;
  bool wanted_ = true;  // by the login
  bool cancelled_ = false;
  bool released_ = false;
};

}  // namespace doorward::plugins
