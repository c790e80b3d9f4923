#include "tests/server/rest/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

// A test counts on one thread; the others of the program only must not race.
std::atomic<std::size_t> count = 0, held = 0, peak = 0, held_before = 0;

void* take(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  ++count;
  const std::size_t now = held += ::malloc_usable_size(memory);
  if (now > peak) peak = now;
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  held -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

namespace doorward::test {

void begin_counting() {
  count = 0;
  held_before = held.load();
  peak = held.load();
}

Allocations counted() { return {.count = count, .peak_bytes = peak - held_before}; }

}  // namespace doorward::test
