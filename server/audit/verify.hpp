#pragma once
// Whether the lines of an audit are those that were written, all of them, and in their order. Fed with line
// after line by whoever reads the files; belongs to that thread.
//
// What it proves: no line was altered, taken out, put in or moved between the first line that it was given
// and the last. A cut tail shows only against an anchor, and what came before the first file only with that
// file.
#include "server/audit/line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::audit {

class Verifier {
 public:
  // `expect`: a line that must be there, with this MAC.
  Verifier(const Secret& key, std::optional<Position> expect);

  // The next line; what is wrong with it, or empty. `whole`: it has its line end.
  std::string line(std::string_view text, bool whole);
  // Behind the last line: what is wrong with the whole, or empty.
  std::string end();

  std::uint64_t lines() const { return lines_; }
  std::uint64_t first() const { return first_; }
  const Position& last() const { return last_; }
  // Unfinished lines that a `recovered` line stands in for.
  std::uint64_t recovered() const { return recovered_; }

 private:
  std::string judge(const SealedLine& line);

  const Secret& key_;
  const std::string instance_;
  const std::optional<Position> expect_;
  bool expected_seen_ = false;
  bool begun_ = false;
  Position last_;
  std::uint64_t lines_ = 0, first_ = 0, recovered_ = 0;
  std::uint64_t unread_lines_ = 0, unread_bytes_ = 0;  // since the last line that could be read
};

}  // namespace doorward::audit
