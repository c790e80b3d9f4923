#pragma once
// How many connections of one loop are in which state. Written by the loop alone, so that loops share no
// cache line; read by anybody.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace doorward {

enum class ConnectionState : std::uint8_t {
  opening,  // TLS, headers and the offer: up to sasl-init
  login,    // the exchange of the mechanism
  closing,  // behind the outcome
};
inline constexpr std::array<std::string_view, 3> connection_state_names{"opening", "login", "closing"};

class alignas(64) ConnectionStates {
 public:
  // One connection, counted in its state for as long as the token lives.
  class Token {
   public:
    explicit Token(ConnectionStates& states) : states_(states) { states_.add(state_, 1); }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    ~Token() { states_.add(state_, -1); }

    ConnectionState current() const { return state_; }
    void become(ConnectionState state) {
      states_.add(std::exchange(state_, state), -1);
      states_.add(state, 1);
    }

   private:
    ConnectionStates& states_;
    ConnectionState state_ = ConnectionState::opening;
  };

  std::int64_t count(ConnectionState state) const {
    return counts_[std::to_underlying(state)].load(std::memory_order_relaxed);
  }

 private:
  // One writer: no read-modify-write is needed.
  void add(ConnectionState state, std::int64_t change) {
    std::atomic<std::int64_t>& count = counts_[std::to_underlying(state)];
    count.store(count.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::int64_t>, connection_state_names.size()> counts_{};
};

}  // namespace doorward
