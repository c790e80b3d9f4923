#pragma once
// Counts what the test program takes from the heap, so that work and memory are bounded in numbers and not in
// seconds. For the whole program: its `operator new` is replaced, or the sanitizer's is listened to
// (allocations.cpp).
#include <cstddef>

namespace doorward::test {

struct Allocations {
  std::size_t count = 0;       // how often memory was taken
  std::size_t peak_bytes = 0;  // how much more was held at once than at the beginning
};

// From here on.
void begin_counting();
Allocations counted();

}  // namespace doorward::test
