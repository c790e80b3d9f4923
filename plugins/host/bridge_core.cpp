// The threads of a bridge and the life of its plugin: one worker opens it, all make its calls in turns, the
// last one closes it; the keeper ends what has waited too long and asks now and then whether all is well.
#include "plugins/host/bridge_core.hpp"

#include "plugins/host/exchange_state.hpp"
#include "plugins/host/told.hpp"

#include <algorithm>
#include <array>
#include <pthread.h>
#include <signal.h>
#include <thread>

namespace doorward::plugins {
namespace {

// A bridge that is down is asked more often.
constexpr std::chrono::milliseconds check_when_down{1'000};

}  // namespace

BridgeCore::BridgeCore(std::shared_ptr<const Library> library, BridgeOptions options)
    : library_(std::move(library)),
      options_(std::move(options)),
      calls_({.waiting = options_.waiting,
              .unanswered = std::max<std::size_t>(options_.in_flight, 1),
              .workers = std::max<std::size_t>(options_.threads, 1)}) {}

BridgeCore::~BridgeCore() { Registry::get().remove_bridge(id_); }

void BridgeCore::begin() {
  id_ = Registry::get().add_bridge(weak_from_this());
  workers_ = std::max<std::size_t>(options_.threads, 1);
  // The threads take no signal, which is the main thread's business: they inherit the mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  // A thread that a plugin never gives back cannot be joined.
  for (std::size_t i = 0; i < workers_; ++i) {
    std::thread([self = shared_from_this(), opens = i == 0] { self->work(opens); }).detach();
  }
  std::thread([self = shared_from_this()] { self->keep(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool BridgeCore::close() {
  std::unique_lock lock(mutex_);
  if (std::exchange(close_asked_, true)) return phase_ == Phase::closed;
  if (phase_ == Phase::opening || phase_ == Phase::open) phase_ = Phase::closing;
  calls_.drop_bound();
  changed_.notify_all();
  has_job_.notify_all();
  const bool closed =
      changed_.wait_for(lock, options_.close_grace, [this] { return phase_ == Phase::closed; });
  // Whoever still waits does so no longer: what they wait with may go now.
  while (const auto due = deadlines_.take_due(Clock::time_point::max())) {
    lock.unlock();
    if (const auto exchange = due->call.lock()) exchange->expire(due->ticket);
    lock.lock();
  }
  changed_.wait(lock, [this] { return telling_ == 0; });
  return closed;
}

void BridgeCore::work(bool opens) {
  if (opens) open();
  std::unique_lock lock(mutex_);
  for (;;) {
    has_job_.wait(lock, [this] { return has_work() || all_done(); });
    if (!has_work()) break;
    Job job;
    std::optional<std::string> realm;  // whose call it is; nothing where it is none
    if (jobs_.empty()) {
      auto turn = calls_.next();
      job = std::move(turn.job);
      realm = std::move(turn.realm);
    } else {
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    // One that ended may have made room for two, of realms that hold fewer.
    if (has_work()) has_job_.notify_one();
    lock.unlock();
    job();
    job = nullptr;  // what it owned goes outside of the lock
    lock.lock();
    if (realm) calls_.give_worker_back(*realm);
  }
  if (--workers_ > 0) return;
  lock.unlock();
  if (opened_) table().close(instance_);
  lock.lock();
  phase_ = Phase::closed;
  changed_.notify_all();
}

void BridgeCore::open() {
  std::unique_lock lock(mutex_);
  while (phase_ == Phase::opening) {
    lock.unlock();
    std::string fault = try_to_open();
    lock.lock();
    open_fault_ = std::move(fault);
    if (open_fault_.empty()) {
      if (phase_ == Phase::opening) phase_ = Phase::open;
      break;
    }
    changed_.notify_all();
    changed_.wait_for(lock, options_.check_every, [this] { return phase_ != Phase::opening; });
  }
  next_check_ = Clock::now();
  changed_.notify_all();
  has_job_.notify_all();
}

std::string BridgeCore::try_to_open() {
  const std::string secrets = options_.secrets.native();
  const doorward_settings settings{
      .size = sizeof settings,
      .bridge = id_,
      .service = {.data = options_.service.data(), .size = options_.service.size()},
      .config = {.data = options_.config.data(), .size = options_.config.size()},
      .secrets_directory = secrets.c_str(),
      .time_limit_ms = static_cast<std::uint64_t>(options_.time_limit.count())};
  std::array<char, DOORWARD_MAX_REASON + 1> reason{};
  void* instance = nullptr;
  if (table().open(&Registry::host(), &settings, &instance, reason.data(), DOORWARD_MAX_REASON) != 0)
    return read_open_reason({reason.data(), DOORWARD_MAX_REASON});
  auto mechanisms = read_mechanisms(table().mechanisms == nullptr ? nullptr : table().mechanisms(instance));
  if (!mechanisms) {
    table().close(instance);
    return mechanisms.error().message;
  }
  const std::lock_guard lock(mutex_);
  instance_ = instance;
  carried_ = std::move(*mechanisms);
  opened_ = true;
  return {};
}

void BridgeCore::keep() {
  std::unique_lock lock(mutex_);
  while (!all_done() && phase_ != Phase::closed) {
    const auto now = Clock::now();
    if (const auto due = deadlines_.take_due(now)) {
      lock.unlock();
      if (const auto exchange = due->call.lock()) exchange->expire(due->ticket);
      lock.lock();
      continue;
    }
    auto next = now + options_.check_every;
    if (!deadlines_.empty()) next = std::min(next, deadlines_.first());
    if (phase_ == Phase::open && table().check != nullptr && check_.expired()) {
      if (next_check_ <= now) {
        lock.unlock();
        check();
        lock.lock();
        continue;
      }
      next = std::min(next, next_check_);
    }
    keeper_wakes_ = next;
    changed_.wait_until(lock, next);
  }
}

void BridgeCore::check() {
  const auto exchange = std::make_shared<ExchangeState>(shared_from_this(), std::string());
  {
    const std::lock_guard lock(mutex_);
    check_ = exchange;
  }
  exchange->call(
      CallKind::check,
      [core = shared_from_this()](doorward_ticket ticket, void*&) {
        core->table().check(core->instance(), ticket);
      },
      [core = shared_from_this(), weak = std::weak_ptr(exchange)](const Answer& answer) {
        core->checked(answer);
        if (const auto over = weak.lock()) over->give_up();
      });
}

void BridgeCore::checked(const Answer& answer) {
  const std::lock_guard lock(mutex_);
  const bool up = answer.verdict == Verdict::accepted;
  next_check_ = Clock::now() + (up ? options_.check_every : std::min(options_.check_every, check_when_down));
  checked_ = answer;
  changed_.notify_all();
}

bool BridgeCore::closing() const {
  const std::lock_guard lock(mutex_);
  return phase_ == Phase::closing || phase_ == Phase::closed;
}

void BridgeCore::log(std::uint32_t level, std::string_view text) {
  if (options_.log) options_.log(level, text);
}

bool BridgeCore::has_work() const {
  return phase_ != Phase::opening && (!jobs_.empty() || calls_.may_call());
}

bool BridgeCore::all_done() const {
  return (phase_ == Phase::closing || phase_ == Phase::closed) && jobs_.empty() && calls_.waiting() == 0 &&
         counts_.exchanges == 0 && counts_.unanswered == 0;
}

void BridgeCore::wake_where_done() {
  if (!all_done()) return;
  has_job_.notify_all();
  changed_.notify_all();
}

void BridgeCore::wake_keeper_by(Clock::time_point time) {
  if (time < keeper_wakes_) changed_.notify_all();
}

Health BridgeCore::judge() const {
  const auto down = [](std::string why) { return Health{.up = false, .reason = std::move(why)}; };
  if (phase_ == Phase::opening) return down(open_fault_.empty() ? "the plugin is being opened" : open_fault_);
  if (phase_ != Phase::open) return down("the bridge is being closed");
  if (table().check == nullptr) return {.up = true, .reason = {}};
  if (!checked_) return down("the plugin has not been checked yet");
  if (checked_->verdict == Verdict::accepted) return {.up = true, .reason = {}};
  return down(checked_->reason.empty() ? "the plugin's check fails and gives no reason" : checked_->reason);
}

Health BridgeCore::health() const {
  const std::lock_guard lock(mutex_);
  return judge();
}

Health BridgeCore::wait_for_health(std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] {
    return phase_ == Phase::opening ? !open_fault_.empty() : table().check == nullptr || checked_.has_value();
  });
  return judge();
}

std::vector<std::string> BridgeCore::carried() const {
  const std::lock_guard lock(mutex_);
  return carried_;
}

bool BridgeCore::is_open() const {
  const std::lock_guard lock(mutex_);
  return phase_ == Phase::open;
}

}  // namespace doorward::plugins
