#include "server/http/seats.hpp"

#include <algorithm>
#include <utility>

namespace doorward::http {

Seats::Seat* Seats::take(std::function<void()> interrupt) {
  std::unique_lock lock(mutex_);
  while (!stopping_ && requesting() >= connections_) {
    if (Seat* seat = least()) turn_out(*seat);
    changed_.wait(lock);
  }
  if (stopping_) return nullptr;
  Seat& seat = seats_.emplace_back();
  seat.idle_since = std::chrono::steady_clock::now();
  seat.interrupt = std::move(interrupt);
  return &seat;
}

void Seats::leave(Seat* seat) {
  const std::lock_guard lock(mutex_);
  if (seat->state == Seat::State::watching) --watching_;
  give_share_back(*seat);
  seats_.remove_if([seat](const Seat& other) { return &other == seat; });
  changed_.notify_all();
}

Seats::Seat* Seats::least() {
  Seat* idlest = nullptr;
  for (Seat& seat : seats_) {  // in the order in which they came
    if (seat.state == Seat::State::watching || seat.state == Seat::State::turned_out) continue;
    if (!seat.known) return &seat;
    if (seat.state == Seat::State::answering) continue;
    if (idlest == nullptr || seat.idle_since < idlest->idle_since) idlest = &seat;
  }
  return idlest;
}

bool Seats::work(Seat& seat) {
  const std::lock_guard lock(mutex_);
  if (seat.state != Seat::State::idle) return false;
  seat.state = Seat::State::reading;
  return true;
}

Seats::Heard Seats::hear(Seat& seat, const std::string& caller) {
  const std::lock_guard lock(mutex_);
  if (seat.state != Seat::State::reading) return Heard::turned_out;
  seat.known = !caller.empty();
  if (!seat.known) return Heard::yes;
  if (!requests_.may_take(caller)) return Heard::too_many_of_caller;
  requests_.take(caller);
  seat.shares = true;
  seat.caller = caller;
  seat.idle_since = std::chrono::steady_clock::now();
  return Heard::yes;
}

bool Seats::answer(Seat& seat) {
  const std::lock_guard lock(mutex_);
  if (seat.state != Seat::State::reading) return false;
  seat.state = Seat::State::answering;
  return true;
}

void Seats::give_share_back(Seat& seat) {
  if (std::exchange(seat.shares, false)) requests_.give_back(seat.caller);
}

bool Seats::rest(Seat& seat) {
  const std::lock_guard lock(mutex_);
  give_share_back(seat);
  if (seat.state == Seat::State::watching) {
    --watching_;
    seat.stream.reset();
  }
  if (seat.state == Seat::State::turned_out) return false;
  seat.state = Seat::State::idle;
  seat.idle_since = std::chrono::steady_clock::now();
  // Whoever waits for a place may have this one.
  changed_.notify_all();
  return !stopping_;
}

Seats::Watching Seats::watch(Seat& seat, const std::string& caller, std::shared_ptr<rest::Stream> stream) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || seat.state == Seat::State::turned_out) return Watching::too_many;
  if (watching(caller) >= watches_of_caller_) return Watching::too_many_of_caller;
  if (watching_ >= watches_) return Watching::too_many;
  ++watching_;
  give_share_back(seat);
  seat.state = Seat::State::watching;
  seat.caller = caller;
  seat.stream = std::move(stream);
  changed_.notify_all();
  return Watching::yes;
}

std::size_t Seats::watching(const std::string& caller) const {
  return static_cast<std::size_t>(std::ranges::count_if(seats_, [&](const Seat& seat) {
    return seat.state == Seat::State::watching && seat.caller == caller;
  }));
}

void Seats::turn_out(Seat& seat) {
  seat.state = Seat::State::turned_out;
  seat.interrupt();
}

void Seats::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (Seat& seat : seats_) {
    if (seat.state == Seat::State::idle) turn_out(seat);
    if (seat.stream) seat.stream->stop();
  }
  changed_.notify_all();
}

bool Seats::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Seats::empty(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, grace, [this] { return seats_.empty(); })) return;
  for (Seat& seat : seats_) seat.interrupt();
  changed_.wait(lock, [this] { return seats_.empty(); });
}

std::size_t Seats::watching() const {
  const std::lock_guard lock(mutex_);
  return watching_;
}

}  // namespace doorward::http
