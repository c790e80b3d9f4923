// What a thread gives back is overwritten while it asks for that, and only then.
#include "store/model/wiped_frees.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

namespace doorward {
namespace {

constexpr std::string_view secret = "a secret that is long enough to be on the heap";

// Of memory that was given back and given out again: all but what malloc() writes at its beginning. Volatile,
// since the compiler may think that nobody looks.
std::string left_behind() {
  constexpr std::size_t size = 1'000, of_malloc = 16;
  void* first = ::operator new(size);
  std::ranges::copy(secret, static_cast<volatile char*>(first) + of_malloc);
  ::operator delete(first);
  void* second = ::operator new(size);
  EXPECT_EQ(first, second) << "or this test looks at other memory";
  const volatile char* left = static_cast<volatile char*>(second) + of_malloc;
  std::string found;
  for (std::size_t i = 0; i < secret.size(); ++i) found += left[i];
  ::operator delete(second);
  return found;
}

TEST(WipesFrees, while_it_lives_and_on_its_thread) {
  EXPECT_EQ(left_behind(), secret);
  {
    const WipedFrees wiping;
    const std::string nothing(secret.size(), '\0');
    EXPECT_EQ(left_behind(), nothing);
    {
      const WipedFrees nested;
    }
    EXPECT_EQ(left_behind(), nothing);
    std::string elsewhere;
    std::thread([&elsewhere] { elsewhere = left_behind(); }).join();
    EXPECT_EQ(elsewhere, secret);
  }
  EXPECT_EQ(left_behind(), secret);
}

}  // namespace
}  // namespace doorward
