#include "server/resources/uid.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sys/random.h>

namespace doorward::resources {

std::string new_uid() {
  std::array<std::uint32_t, 4> words{};
  // Not std::random_device: it asks the processor for fresh entropy, which takes longer than the rest of a
  // write.
  if (::getentropy(words.data(), sizeof words) != 0) std::abort();  // only where the kernel has no such call
  words[1] = (words[1] & 0xffff0fffu) | 0x00004000u;                // version 4
  words[2] = (words[2] & 0x3fffffffu) | 0x80000000u;                // the variant of RFC 4122
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%04x%08x", words[0], words[1] >> 16,
                words[1] & 0xffff, words[2] >> 16, words[2] & 0xffff, words[3]);
  return text.data();
}

std::string rfc3339(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

}  // namespace doorward::resources
