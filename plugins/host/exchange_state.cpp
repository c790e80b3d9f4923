// One exchange at a plugin. In the order of its life: call() puts the call into the line of its realm,
// enter() runs the plugin's function on a worker when its turn has come, answer() or expire() or give_up()
// ends the wait, release_if_over() ends the exchange.
#include "plugins/host/exchange_state.hpp"

namespace doorward::plugins {

void ExchangeState::call(CallKind kind, Enter enter, Exchange::Done done) {
  if (auto refused = core_->admit(kind)) return done(std::move(*refused));
  const auto self = shared_from_this();
  const std::lock_guard lock(mutex_);
  ticket_ = Registry::get().add(core_->id(), self);
  kind_ = kind;
  done_ = std::move(done);
  entered_ = answered_ = cancelled_ = false;
  core_->call(kind, self, ticket_, begun_ ? CallTurns::Place::first : CallTurns::Place::last,
              [self, ticket = ticket_, enter = std::move(enter)]() mutable { self->enter(ticket, enter); });
}

void ExchangeState::enter(doorward_ticket ticket, Enter& enter) {
  std::unique_lock lock(mutex_);
  const bool has_place = kind_ != CallKind::check;
  // Answered already, or even followed by another one: by a ticket that the plugin made up.
  const bool over = ticket != ticket_ || answered_;
  if (over || !wanted_ || core_->closing()) return drop(ticket, std::move(lock), has_place);
  has_place_ = has_place;
  if (!std::exchange(begun_, true)) core_->exchange_began();
  entered_ = true;
  core_->turn_came(ticket);
  ++inside_;
  void* handle = handle_;
  lock.unlock();
  enter(ticket, handle);
  lock.lock();
  handle_ = handle;
  lock.unlock();
  leave();
}

// The plugin has not heard of the call, so nobody answers it but us.
void ExchangeState::drop(doorward_ticket ticket, std::unique_lock<std::mutex> lock, bool had_place) {
  if (!Registry::get().take(ticket)) {
    // It has answered a ticket that it made up, and that counts.
    if (had_place) core_->give_place_back(realm_);
    return;
  }
  answered_ = true;
  Exchange::Done done = take_done();
  lock.unlock();
  core_->answered(ticket, false, had_place ? &realm_ : nullptr);
  tell(done, unavailable("the bridge is being closed"));
  release_if_over();
}

// Nobody waits for it any more: where it waits for its turn, it does so no longer.
void ExchangeState::leave_line(doorward_ticket ticket) {
  if (core_->leave(realm_, ticket)) drop(ticket, std::unique_lock(mutex_), false);
}

Exchange::Done ExchangeState::take_done() {
  if (done_) core_->telling();
  return std::exchange(done_, nullptr);
}

void ExchangeState::tell(Exchange::Done& done, Answer answer) {
  if (!done) return;
  done(std::move(answer));
  done = nullptr;
  core_->told();
}

// A function of the plugin has returned.
void ExchangeState::leave() {
  Exchange::Done done;
  std::optional<Answer> answer;
  {
    const std::lock_guard lock(mutex_);
    --inside_;
    if (pending_) {
      answer = std::exchange(pending_, std::nullopt);
      done = take_done();
    }
  }
  if (answer) tell(done, std::move(*answer));
  cancel_if_under_way();
  release_if_over();
}

void ExchangeState::answer(const doorward_answer* given) {
  CallKind kind;
  {
    const std::lock_guard lock(mutex_);
    kind = kind_;
  }
  Answer read = read_answer(given, kind, core_->options().admin_allowed);
  const bool broke_a_rule = read.broke_a_rule;
  bool had_place;
  doorward_ticket ticket;
  Exchange::Done done;
  {
    const std::lock_guard lock(mutex_);
    answered_ = true;
    ticket = ticket_;
    had_place = std::exchange(has_place_, false);
    if (done_ && inside_ > 0) {
      // The next call must not overtake this one's return.
      pending_ = std::move(read);
    } else {
      done = take_done();
    }
  }
  core_->answered(ticket, broke_a_rule, had_place ? &realm_ : nullptr);
  tell(done, std::move(read));
  release_if_over();
}

void ExchangeState::expire(doorward_ticket ticket) {
  Exchange::Done done;
  bool had_its_turn;
  {
    const std::lock_guard lock(mutex_);
    if (ticket_ != ticket || !done_) return;
    done = take_done();
    pending_.reset();
    wanted_ = false;
    had_its_turn = entered_ || kind_ == CallKind::check;
  }
  core_->timed_out(had_its_turn);
  const BridgeOptions& options = core_->options();
  tell(done, unavailable(had_its_turn ? "the plugin did not answer within " +
                                            std::to_string(options.time_limit.count()) + " ms"
                                      : "the plugin is busy, and its turn did not come within " +
                                            std::to_string(options.patience.count()) + " ms"));
  if (!had_its_turn) leave_line(ticket);
  cancel_if_under_way();
  release_if_over();
}

void ExchangeState::give_up() {
  Exchange::Done unheard;
  doorward_ticket ticket;
  bool waits;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = false;
    unheard = std::exchange(done_, nullptr);
    pending_.reset();
    ticket = ticket_;
    waits = !entered_ && !answered_;
  }
  if (waits) leave_line(ticket);
  cancel_if_under_way();
  release_if_over();
}

void ExchangeState::cancel_if_under_way() {
  if (core_->table().cancel == nullptr) return;
  const std::lock_guard lock(mutex_);
  // While the call itself has not returned there is no handle; leave() comes here again.
  if (wanted_ || answered_ || !entered_ || cancelled_ || inside_ > 0 || handle_ == nullptr) return;
  cancelled_ = true;
  core_->post([self = shared_from_this()] {
    void* handle = nullptr;
    {
      const std::lock_guard guard(self->mutex_);
      if (self->answered_) return;
      ++self->inside_;  // not released under the plugin's hands
      handle = self->handle_;
    }
    self->core_->table().cancel(self->core_->instance(), handle);
    self->leave();
  });
}

void ExchangeState::release_if_over() {
  const std::lock_guard lock(mutex_);
  if (!begun_ || wanted_ || !answered_ || inside_ > 0 || std::exchange(released_, true)) return;
  core_->post([core = core_, handle = handle_] {
    if (handle != nullptr && core->table().release != nullptr)
      core->table().release(core->instance(), handle);
    core->exchange_ended();
  });
}

}  // namespace doorward::plugins
