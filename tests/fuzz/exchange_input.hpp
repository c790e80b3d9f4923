#pragma once
// What the fuzz targets of the mechanisms share: an input is the client's side of an exchange, one message on
// each line, so that a corpus can be read and written by hand.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::fuzz {

// Ends the process where it does not hold, which is how a fuzz target reports a finding.
inline void must(bool holds, const char* finding) {
  if (holds) return;
  std::fprintf(stderr, "finding: %s\n", finding);
  std::abort();
}

// Each line is a copy of its own, so that AddressSanitizer sees a read behind its end.
inline std::vector<std::string> lines(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> out(1);
  for (const char c : std::string_view(reinterpret_cast<const char*>(data), size)) {
    if (c == '\n') {
      out.back().shrink_to_fit();
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  out.back().shrink_to_fit();
  return out;
}

}  // namespace doorward::fuzz
