#include "server/amqp/deadlines.hpp"

namespace doorward {

void Deadlines::begin(Entry& entry) {
  entry.leave();
  entry.queue_ = this;
  entry.deadline_ = Clock::now() + time_;
  entries_.push_back(entry);
  if (!waiting_) wait();
}

void Deadlines::drain() {
  draining_ = true;
  if (entries_.empty()) stop_waiting();
}

void Deadlines::stop_waiting() {
  timer_.cancel();
  waiting_ = false;
}

// For the first, which may leave before: then the timer finds out who is first now.
void Deadlines::wait() {
  timer_.expires_at(entries_.front().deadline_);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;  // by another wait, or the queue has gone
    waiting_ = false;
    if (entries_.empty()) return;
    Entry& first = entries_.front();
    const bool over = first.deadline_ <= Clock::now();
    if (over) entries_.pop_front();
    if (!entries_.empty()) wait();  // before anybody is told, which may throw
    if (over) first.time_is_over();
  });
  waiting_ = true;
}

void Deadlines::Entry::leave() {
  if (!is_linked()) return;
  unlink();
  if (queue_->draining_ && queue_->entries_.empty()) queue_->stop_waiting();
}

}  // namespace doorward
