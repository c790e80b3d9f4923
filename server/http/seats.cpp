#include "server/http/seats.hpp"

#include <utility>

namespace doorward::http {

Seats::Seat* Seats::take(std::function<void()> interrupt) {
  std::unique_lock lock(mutex_);
  while (!stopping_ && requesting() >= connections_) {
    Seat* idlest = nullptr;
    for (Seat& seat : seats_) {
      if (seat.state != Seat::State::idle) continue;
      if (idlest == nullptr || seat.idle_since < idlest->idle_since) idlest = &seat;
    }
    if (idlest != nullptr) turn_out(*idlest);
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
  seats_.remove_if([seat](const Seat& other) { return &other == seat; });
  changed_.notify_all();
}

bool Seats::work(Seat& seat) {
  const std::lock_guard lock(mutex_);
  if (seat.state != Seat::State::idle) return false;
  seat.state = Seat::State::working;
  return true;
}

bool Seats::rest(Seat& seat) {
  const std::lock_guard lock(mutex_);
  if (seat.state == Seat::State::watching) {
    --watching_;
    seat.stream.reset();
  }
  seat.state = Seat::State::idle;
  seat.idle_since = std::chrono::steady_clock::now();
  // Whoever waits for a place may have this one.
  changed_.notify_all();
  return !stopping_;
}

bool Seats::watch(Seat& seat, std::shared_ptr<rest::Stream> stream) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || watching_ >= watches_) return false;
  ++watching_;
  seat.state = Seat::State::watching;
  seat.stream = std::move(stream);
  changed_.notify_all();
  return true;
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
