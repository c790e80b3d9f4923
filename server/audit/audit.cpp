#include "server/audit/audit.hpp"

#include "server/ops/log.hpp"

#include <charconv>
#include <string_view>
#include <system_error>

namespace doorward {

using Clock = std::chrono::steady_clock;

namespace {

// Events that are sealed and written at once.
constexpr std::size_t batch = 256;

}  // namespace

Result<std::unique_ptr<Audit>> Audit::start(Options options) {
  auto writer = audit::Writer::open(options.file, options.keys, options.version, options.sync);
  if (!writer) return std::unexpected(writer.error());
  return std::unique_ptr<Audit>(new Audit(std::move(options), std::move(*writer)));
}

Audit::Audit(Options options, audit::Writer writer)
    : options_(std::move(options)),
      writer_(std::move(writer)),
      last_flush_(Clock::now()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Audit::~Audit() {
  thread_.request_stop();
  thread_.join();
}

bool Audit::finish(std::chrono::milliseconds patience) {
  thread_.request_stop();
  std::unique_lock lock(mutex_);
  return finished_.wait_for(lock, patience, [this] { return is_finished_; });
}

void Audit::login(const LoginFact& fact) {
  const auto now = std::chrono::system_clock::now();
  const std::lock_guard lock(mutex_);
  if (logins_ >= options_.queue) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  ++logins_;
  put(now, fact);
}

void Audit::change(audit::Change change) {
  const auto now = std::chrono::system_clock::now();
  std::unique_lock lock(mutex_);
  const auto room = [this] { return changes_ < options_.changes; };
  const auto decided = [&] { return room() || failing() || hangs_ || is_finished_; };
  if (!room_.wait_for(lock, options_.patience, decided)) hangs_ = true;
  if (!room()) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  ++changes_;
  put(now, std::move(change));
}

// Under the mutex.
void Audit::put(audit::Time time, audit::Event event) {
  queue_.push_back({time, std::move(event)});
  if (queue_.size() == 1) wake_.notify_one();
}

bool Audit::refuses() const {
  return options_.on_failure == OnFailure::refuse &&
         (failing() || logins_.load(std::memory_order_relaxed) >= (options_.queue + 1) / 2);
}

void Audit::reopen() {
  const std::lock_guard lock(mutex_);
  reopen_ = true;
  wake_.notify_one();
}

bool Audit::disk_hangs() const {
  const Clock::duration since = at_disk_since_.load(std::memory_order_relaxed);
  return since != Clock::duration::zero() && Clock::now().time_since_epoch() - since > options_.hangs_after;
}

void Audit::look() {
  if (!disk_hangs() || told_hanging_.exchange(true)) return;
  log::error("audit hangs: its disk does not answer, see to it",
             {{"file", options_.file.native()}, {"logins", logins_meanwhile()}});
}

std::string_view Audit::logins_meanwhile() const {
  return options_.on_failure == OnFailure::refuse ? "refused" : "go on";
}

// Of the thread: what `call` answers, which is timed.
template <typename Call>
auto Audit::at_disk(Call call) {
  at_disk_since_.store(Clock::now().time_since_epoch(), std::memory_order_relaxed);
  auto answer = call();
  at_disk_since_.store(Clock::duration::zero(), std::memory_order_relaxed);
  if (told_hanging_.exchange(false))
    log::info("audit's disk answers again", {{"file", options_.file.native()}, {"lost", lost()}});
  return answer;
}

std::deque<Audit::Entry> Audit::take(const std::stop_token& stop, bool& reopen) {
  std::unique_lock lock(mutex_);
  // What could not be written is tried again later, not at each new event.
  wake_.wait_for(lock, stop, options_.every, [&] { return reopen_ || (!queue_.empty() && !failing()); });
  reopen = std::exchange(reopen_, false);
  std::deque<Entry> taken;
  while (!queue_.empty() && taken.size() < batch && writer_.pending() < batch) {
    --(std::holds_alternative<audit::Change>(queue_.front().event) ? changes_ : logins_);
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (!taken.empty()) {
    hangs_ = false;
    room_.notify_all();
  }
  return taken;
}

void Audit::write(std::deque<Entry> entries) {
  const std::uint64_t lost = lost_.load(std::memory_order_relaxed);
  if (lost != told_lost_) {
    writer_.add(audit::members_of_loss(std::chrono::system_clock::now(), lost - told_lost_));
    told_lost_ = lost;
  }
  for (const Entry& entry : entries)
    writer_.add(
        std::visit([&](const auto& event) { return audit::members(entry.time, event); }, entry.event));
  if (writer_.pending() == 0) return;
  const std::uint64_t before = writer_.last().seq;
  const bool whole = at_disk([this] { return writer_.write(); });
  written_.fetch_add(writer_.last().seq - before, std::memory_order_relaxed);
  unflushed_ = unflushed_ || writer_.last().seq != before;
  unwritten_ = !whole;
  tell_failure();
}

void Audit::tell_failure() {
  const bool now = unwritten_ || unsafe_;
  {
    const std::lock_guard lock(mutex_);
    if (failing_.exchange(now, std::memory_order_relaxed) == now) return;
    room_.notify_all();
  }
  if (now) {
    log::error("audit cannot be written: make room, or move it by --audit",
               {{"file", options_.file.native()},
                {"reason", std::generic_category().message(writer_.error())},
                {"logins", logins_meanwhile()}});
  } else {
    log::info("audit is written again", {{"file", options_.file.native()}, {"lost", lost()}});
  }
}

void Audit::periodically() {
  const auto now = Clock::now();
  if (unflushed_ && now - last_flush_ >= options_.every) {
    last_flush_ = now;
    // Tried again until it works, also while there is nothing new to write.
    unsafe_ = unflushed_ = !at_disk([this] { return writer_.flush(); });
    tell_failure();
  }
  if (now - last_anchor_ >= options_.anchor_every) {
    last_anchor_ = now;
    anchor();
  }
}

// What a verifier holds against the file: who keeps it elsewhere can tell that a tail was cut.
void Audit::anchor() {
  const audit::Position last = writer_.last();
  {
    const std::lock_guard lock(mutex_);
    anchor_ = last;
  }
  log::info("audit anchor",
            {{"instance", writer_.instance()}, {"anchor", last.text()}, {"file", options_.file.native()}});
}

void Audit::run(const std::stop_token& stop) {
  for (;;) {
    bool reopen = false;
    const bool ending = stop.stop_requested();
    std::deque<Entry> entries = take(stop, reopen);
    if (reopen) {
      if (const auto reopened = at_disk([this] { return writer_.reopen(); }); !reopened)
        log::error("audit stays in its old file", {{"reason", reopened.error().message}});
    }
    const bool idle = entries.empty();
    write(std::move(entries));
    periodically();
    // What cannot be written now will not be waited for.
    if (ending && (idle || failing())) break;
  }
  at_disk([this] { return writer_.flush(); });
  anchor();
  const std::lock_guard lock(mutex_);
  if (failing()) {
    log::error("audit ends with events that were not written",
               {{"events", queue_.size() + writer_.pending()}, {"lost", lost()}});
  }
  is_finished_ = true;
  finished_.notify_all();
  room_.notify_all();
}

void Audit::collect(metrics::Exposition& page) const {
  page.counter("doorward_audit_lines", "Lines of the audit that were written.",
               written_.load(std::memory_order_relaxed));
  page.counter("doorward_audit_lost", "Events that the audit has no line of: it could not be written.",
               lost());
  page.gauge("doorward_audit_failing", "1: the audit cannot be written.", failing() ? 1 : 0);
  const metrics::Label login[] = {{"event", "login"}}, change[] = {{"event", "change"}};
  page.family("doorward_audit_queue", metrics::Type::gauge, "Events that wait for the audit's writer.");
  page.sample(login, logins_.load(std::memory_order_relaxed));
  page.sample(change, changes_.load(std::memory_order_relaxed));
  page.family("doorward_audit_queue_limit", metrics::Type::gauge,
              "How many may wait. Logins beyond it are lost, changes wait before it.");
  page.sample(login, options_.queue);
  page.sample(change, options_.changes);
  audit::Position anchor;
  {
    const std::lock_guard lock(mutex_);
    anchor = anchor_;
  }
  const std::string_view instance = writer_.instance();
  page.family("doorward_audit_anchor", metrics::Type::gauge,
              "Number of the line that was the last at the last full minute: --expect SEQ:MAC of "
              "`doorward audit verify`.");
  const metrics::Label of[] = {{"instance", instance}};
  page.sample(of, anchor.seq);
  // As values, since a label with it would make a new series each minute.
  page.family("doorward_audit_anchor_mac", metrics::Type::gauge,
              "MAC of that line in eight parts: each a number of 32 bits, eight of the MAC's hexadecimal "
              "digits.");
  constexpr std::size_t digits = 8;
  for (std::size_t part = 0; part * digits < anchor.mac.size(); ++part) {
    std::uint32_t value = 0;
    const char* first = anchor.mac.data() + part * digits;
    std::from_chars(first, first + digits, value, 16);
    const std::string number = std::to_string(part + 1);
    const metrics::Label labels[] = {{"instance", instance}, {"part", number}};
    page.sample(labels, std::uint64_t{value});
  }
}

}  // namespace doorward
