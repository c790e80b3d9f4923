#include "server/render/quantity.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace doorward::render {
namespace {

struct Suffix {
  std::string_view text;
  double factor;
};

constexpr Suffix suffixes[] = {{"", 1},
                               {"k", 1e3},
                               {"M", 1e6},
                               {"G", 1e9},
                               {"T", 1e12},
                               {"P", 1e15},
                               {"Ki", 1024.},
                               {"Mi", 1048576.},
                               {"Gi", 1073741824.},
                               {"Ti", 1099511627776.},
                               {"Pi", 1125899906842624.}};

}  // namespace

std::optional<std::uint64_t> bytes_of(std::string_view quantity) {
  if (quantity.empty() || quantity.front() < '0' || quantity.front() > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] =
      std::from_chars(quantity.data(), quantity.data() + quantity.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  std::string rest(quantity.substr(static_cast<std::size_t>(end - quantity.data())));
  // Artemis' `256Mb` counts in powers of two, as `256Mi` does.
  if (rest.size() == 2 && rest[0] != 'k' && (rest[1] == 'b' || rest[1] == 'B')) rest[1] = 'i';
  for (const Suffix& suffix : suffixes) {
    if (rest != suffix.text) continue;
    const double bytes = std::floor(number * suffix.factor);
    if (!(bytes < 0x1p63)) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
  }
  return std::nullopt;
}

}  // namespace doorward::render
