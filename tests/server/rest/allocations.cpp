#include "tests/server/rest/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

// A sanitizer has an `operator new` of its own, and tells of each piece of memory.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DOORWARD_HAS_SANITIZED_HEAP
#include <sanitizer/allocator_interface.h>
#endif

namespace {

// A test counts on one thread; the others of the program only must not race. Below zero goes what was taken
// before anybody counted.
std::atomic<std::size_t> count = 0;
std::atomic<std::ptrdiff_t> held = 0, peak = 0, held_before = 0;

std::ptrdiff_t bytes(std::size_t size) { return static_cast<std::ptrdiff_t>(size); }

void taken(std::size_t size) {
  ++count;
  const std::ptrdiff_t now = held += bytes(size);
  if (now > peak) peak = now;
}

#ifndef DOORWARD_HAS_SANITIZED_HEAP

void* take(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  taken(::malloc_usable_size(memory));
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  held -= bytes(::malloc_usable_size(memory));
  std::free(memory);
}

#endif

}  // namespace

#ifndef DOORWARD_HAS_SANITIZED_HEAP

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

#endif

namespace doorward::test {

void begin_counting() {
#ifdef DOORWARD_HAS_SANITIZED_HEAP
  static const int installed =
      __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t size) { taken(size); },
                                                [](const volatile void* memory) {
                                                  if (memory != nullptr)
                                                    held -= bytes(__sanitizer_get_allocated_size(memory));
                                                });
  if (installed == 0) std::abort();
#endif
  count = 0;
  held_before = held.load();
  peak = held.load();
}

Allocations counted() { return {.count = count, .peak_bytes = static_cast<std::size_t>(peak - held_before)}; }

}  // namespace doorward::test
