#pragma once
// By what threads take turns at what is kept several times so that they do not share it.
#include <atomic>
#include <cstddef>

namespace doorward {

// A number for each thread, in the order in which they first ask.
inline std::size_t thread_number() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace doorward
