#include "server/resources/kinds/uid.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sys/random.h>

namespace doorward::resources {

namespace {

// Takes texts apart from the front; false once something was not there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool number(std::size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  // A fraction of a second, where there is one.
  bool fraction() {
    if (!take(".")) return true;
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(digits);
    return digits > 0;
  }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

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

// date-time = full-date "T" partial-time ( "Z" / ( "+" / "-" ) hour ":" minute )
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  Scanner in(text);
  int y = 0, mon = 0, d = 0, h = 0, min = 0, s = 0, offset_h = 0, offset_min = 0;
  const bool is_time = in.number(4, y) && in.take("-") && in.number(2, mon) && in.take("-") &&
                       in.number(2, d) && in.take("Tt") && in.number(2, h) && in.take(":") &&
                       in.number(2, min) && in.take(":") && in.number(2, s) && in.fraction();
  if (!is_time) return std::nullopt;
  const bool is_behind = in.next() == '-';
  const bool is_utc = in.take("Zz");
  if (!is_utc && !(in.take("+-") && in.number(2, offset_h) && in.take(":") && in.number(2, offset_min)))
    return std::nullopt;
  const year_month_day date(year(y), month(static_cast<unsigned>(mon)), day(static_cast<unsigned>(d)));
  const bool fits = date.ok() && h < 24 && min < 60 && s <= 60 && offset_h < 24 && offset_min < 60;
  if (!fits || !in.at_end()) return std::nullopt;
  const seconds offset = hours(offset_h) + minutes(offset_min);
  const seconds of_day = hours(h) + minutes(min) + seconds(s);
  return sys_days(date) + of_day - (is_behind ? -offset : offset);
}

}  // namespace doorward::resources
