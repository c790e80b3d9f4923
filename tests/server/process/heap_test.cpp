// What threads have freed goes back, however many they were and whatever they had.
#include "server/process/heap.hpp"

#include <cstring>
#include <fstream>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {
namespace {

std::size_t resident_bytes() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Fills `count` blocks and frees them all.
void use(std::size_t count, std::size_t bytes) {
  std::vector<std::unique_ptr<char[]>> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(std::make_unique<char[]>(bytes));
    std::memset(blocks.back().get(), 1, bytes);
  }
}

TEST(Heap, gives_back_what_threads_have_freed) {
  constexpr std::size_t threads = 16, kept = 512 * 1024, heaps = 2;
  bound_heaps(heaps);
  const std::size_t before = resident_bytes();
  std::vector<std::jthread> users;
  for (std::size_t i = 0; i < threads; ++i) {
    users.emplace_back([] {
      use(4, 3 << 20);    // as bodies are, after which glibc would keep twice as much
      use(1'000, 4'000);  // as small things are: 4 MB
    });
  }
  users.clear();
  // Without the bound it is some 35 MB; stacks, and pages in the middle of a heap, stay for a while.
  constexpr std::size_t others = 8 << 20;
  EXPECT_LE(resident_bytes(), before + heaps * kept + others);
}

}  // namespace
}  // namespace doorward
