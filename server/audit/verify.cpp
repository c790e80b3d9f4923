#include "server/audit/verify.hpp"

#include <utility>

#include <fmt/format.h>

namespace doorward::audit {

Verifier::Verifier(const Secret& key, std::optional<Position> expect)
    : key_(key), instance_(instance_of(key)), expect_(std::move(expect)) {}

std::string Verifier::line(std::string_view text, bool whole) {
  const auto read = read_line(text);
  if (!read || !whole) {
    // It may be one that a crash cut short: the next line tells, by a MAC.
    ++unread_lines_;
    unread_bytes_ += text.size();
    return "";
  }
  const std::uint64_t unread_lines = std::exchange(unread_lines_, 0);
  const std::uint64_t unread_bytes = std::exchange(unread_bytes_, 0);
  std::string fault = judge(*read);
  if (fault.empty() && unread_bytes != read->torn_bytes) {
    fault = unread_lines == 0
                ? "stands for an unfinished line that is no longer before it"
                : fmt::format("comes after {} line(s) that are no lines of the audit: altered, or put in",
                              unread_lines);
  } else if (fault.empty() && read->torn_bytes > 0) {
    recovered_ += unread_lines;
  } else if (fault.empty() && unread_lines > 0) {
    fault = fmt::format("comes after {} line(s) that are empty: put in", unread_lines);
  }
  ++lines_;
  if (!begun_) first_ = read->seq;
  begun_ = true;
  last_ = {read->seq, std::string(read->mac)};
  if (expect_ && read->seq == expect_->seq) {
    expected_seen_ = true;
    if (fault.empty() && read->mac != expect_->mac)
      fault = "has another MAC than the anchor: the audit was written anew under its key";
  }
  return fault;
}

std::string Verifier::judge(const SealedLine& line) {
  if (line.instance != instance_) {
    return fmt::format(
        "is of instance {}, and this key is that of instance {}: give the data directory that it was "
        "written with",
        line.instance, instance_);
  }
  if (!begun_ && !line.previous) {
    return fmt::format("is line {}, which does not begin a file: what was before it is missing", line.seq);
  }
  const std::string_view previous = begun_ ? std::string_view(last_.mac) : *line.previous;
  if (begun_ && line.seq <= last_.seq)
    return fmt::format("is line {}, after line {}: out of order, or twice", line.seq, last_.seq);
  if (begun_ && line.seq - 1 != last_.seq) {
    return line.seq - 2 == last_.seq
               ? fmt::format("is line {}: the line before it is missing", line.seq)
               : fmt::format("is line {}: lines {} to {} are missing", line.seq, last_.seq + 1, line.seq - 1);
  }
  if (!equal_in_constant_time(mac_of(key_, previous, line.sealed), line.mac))
    return fmt::format("was altered, or the line before it was (line {})", line.seq);
  return "";
}

std::string Verifier::end() {
  if (unread_lines_ > 0) {
    return fmt::format(
        "ends with {} line(s) that are no whole lines of the audit: doorward was ended while it "
        "wrote and has not been started since, or they were put in",
        unread_lines_);
  }
  if (!expect_ || expected_seen_) return lines_ == 0 ? "holds no line" : "";
  if (lines_ > 0 && expect_->seq < first_)
    return fmt::format("begins behind line {} of the anchor: name the older files, too", expect_->seq);
  return fmt::format("ends before line {} of the anchor: its tail was cut", expect_->seq);
}

}  // namespace doorward::audit
