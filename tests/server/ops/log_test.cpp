#include "server/ops/log.hpp"

#include <array>
#include <string>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace doorward::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(LogLine, text_puts_plain_values_bare_and_quotes_the_rest) {
  EXPECT_EQ(format_line(Format::text, "listening", {{"amqp", "127.0.0.1:5672"}}),
            "listening amqp=127.0.0.1:5672");
  EXPECT_EQ(format_line(Format::text, "login", {{"user", "two words"}}), "login user=\"two words\"");
  EXPECT_EQ(format_line(Format::text, "login", {{"user", ""}}), "login user=\"\"");
  EXPECT_EQ(format_line(Format::text, "x", {{"n", -3}, {"u", 7u}, {"b", true}, {"d", 0.5}}),
            "x n=-3 u=7 b=true d=0.5");
}

TEST(LogLine, a_peer_can_not_begin_a_second_line_or_a_second_field) {
  for (const Format format : {Format::text, Format::json}) {
    const std::string line = format_line(format, "login", {{"user", "a\nlogin outcome=ok\r\x1b[2J"}});
    for (const char c : line) EXPECT_GE(c, ' ') << line;
  }
  EXPECT_THAT(format_line(Format::text, "login", {{"user", "a outcome=ok"}}),
              EndsWith("user=\"a outcome=ok\""));
}

TEST(LogLine, json_is_json_whatever_the_bytes) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
  const auto parsed =
      nlohmann::json::parse("{" + format_line(Format::json, "login", {{"user", bytes}, {"n", 1}}) + "}");
  EXPECT_EQ(parsed["event"], "login");
  EXPECT_EQ(parsed["n"], 1);
  EXPECT_TRUE(parsed["user"].is_string());
}

TEST(LogLine, long_values_are_cut) {
  const std::string at_the_bound(max_value_bytes, 'a');
  EXPECT_EQ(format_line(Format::text, "x", {{"v", at_the_bound}}), "x v=" + at_the_bound);
  EXPECT_EQ(format_line(Format::json, "x", {{"v", at_the_bound}}),
            "\"event\":\"x\",\"v\":\"" + at_the_bound + "\"");
  for (const Format format : {Format::text, Format::json}) {
    EXPECT_LT(format_line(format, "x", {{"v", std::string(1'000'000, 'a')}}).size(), max_value_bytes + 100);
  }
}

TEST(LogWriter, writes_what_the_level_lets_through_and_all_of_it_before_it_ends) {
  ::testing::internal::CaptureStderr();
  {
    Writer writer({.level = Level::info});
    info("first");
    debug("hidden");
    set_level(Level::debug);
    debug("shown");
    set_level(Level::off);
    error("hidden too");
  }
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, MatchesRegex("[0-9-]+T[0-9:.]+Z info first\n[0-9-]+T[0-9:.]+Z debug shown\n"));
}

TEST(LogWriter, has_written_what_was_logged_before_a_flush) {
  ::testing::internal::CaptureStderr();
  const Writer writer({});
  for (int i = 0; i < 100; ++i) info("line", {{"i", i}});
  ASSERT_TRUE(flush(std::chrono::minutes(1)));
  ASSERT_TRUE(flush(std::chrono::minutes(1)));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("line i=99\n"));
}

// Standard error as a pipe, which nobody reads until somebody does.
class StuckReader {
 public:
  StuckReader() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    ::dup2(ends_[1], STDERR_FILENO);
    ::close(ends_[1]);
  }
  StuckReader(const StuckReader&) = delete;
  StuckReader& operator=(const StuckReader&) = delete;
  ~StuckReader() {
    ::dup2(before_, STDERR_FILENO);  // the last writer of the pipe is gone: the reader comes to its end
    ::close(before_);
    if (reader_.joinable()) reader_.join();
    ::close(ends_[0]);
  }
  void read() {
    reader_ = std::thread([this] {
      std::array<char, 4'096> bytes{};
      while (::read(ends_[0], bytes.data(), bytes.size()) > 0) {
      }
    });
  }

 private:
  const int before_;
  std::array<int, 2> ends_{};
  std::thread reader_;
};

TEST(LogWriter, is_not_waited_for_longer_than_asked_while_nobody_reads) {
  StuckReader reader;
  const Writer writer({});
  const std::string text(1'000, 'x');
  for (int i = 0; i < 200; ++i) info("more than a pipe holds", {{"text", text}});
  EXPECT_FALSE(flush(std::chrono::milliseconds(10)));
  reader.read();
  EXPECT_TRUE(flush(std::chrono::minutes(1)));
}

TEST(LogWriter, has_nothing_to_flush_where_no_writer_lives) { EXPECT_TRUE(flush(std::chrono::minutes(1))); }

TEST(LogWriter, json_lines_parse_and_carry_time_and_level) {
  ::testing::internal::CaptureStderr();
  {
    Writer writer({.format = Format::json});
    warning("store locked", {{"seconds", 2}});
  }
  const auto line = nlohmann::json::parse(::testing::internal::GetCapturedStderr());
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["event"], "store locked");
  EXPECT_EQ(line["seconds"], 2);
  EXPECT_THAT(line["time"].get<std::string>(), MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:]+.[0-9]+Z"));
}

TEST(LogWriter, is_silent_where_no_writer_lives) {
  ::testing::internal::CaptureStderr();
  error("nobody listens");
  EXPECT_FALSE(enabled(Level::error));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(LogWriter, a_full_queue_loses_old_lines_and_counts_them_but_holds_nobody_up) {
  ::testing::internal::CaptureStderr();
  std::size_t dropped = 0;
  {
    Writer writer({.queue_lines = 2});
    std::thread other([] {
      for (int i = 0; i < 20'000; ++i) info("from another thread", {{"i", i}});
    });
    for (int i = 0; i < 20'000; ++i) info("from this thread", {{"i", i}});
    other.join();
    info("last");
    dropped = dropped_lines();
  }
  const std::string written = ::testing::internal::GetCapturedStderr();
  const auto lines = static_cast<std::size_t>(std::count(written.begin(), written.end(), '\n'));
  EXPECT_EQ(lines + dropped, 40'001u);
  EXPECT_THAT(written, EndsWith("last\n"));
}

TEST(LogWriter, a_line_is_never_read_as_a_format_string) {
  ::testing::internal::CaptureStderr();
  {
    Writer writer({});
    info("braces", {{"user", "{} {0} %s"}});
  }
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("user=\"{} {0} %s\""));
}

}  // namespace
}  // namespace doorward::log
