#pragma once
// How many connections there may be at once, over all loops and listeners. Taken before a connection is
// accepted: at the bound the newest wait in the backlog. Any thread.
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace doorward {

class ConnectionSlots {
 public:
  class Slot {
   public:
    Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) slots_->taken_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class ConnectionSlots;
    explicit Slot(ConnectionSlots* slots) : slots_(slots) {}
    ConnectionSlots* slots_;
  };

  explicit ConnectionSlots(std::size_t bound) : bound_(bound) {}

  std::optional<Slot> take() {
    if (taken_.fetch_add(1, std::memory_order_relaxed) < bound_) return Slot(this);
    taken_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  std::size_t bound() const { return bound_; }

 private:
  const std::size_t bound_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace doorward
