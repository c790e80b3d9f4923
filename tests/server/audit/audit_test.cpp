// The queue and its thread: bounds, loss, and what is refused.
#include "server/audit/audit.hpp"

#include "server/audit/key.hpp"
#include "server/audit/verify.hpp"
#include "tests/server/audit/audit_house.hpp"

#include <atomic>
#include <cerrno>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

TEST_F(AuditTest, every_event_of_every_thread_is_a_line) {
  {
    const auto audit = start(file, Audit::OnFailure::refuse);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 50; ++j) audit->login({.username = "alice"});
      });
    }
    threads.clear();
    audit->change({.who = "resources", .what = "create", .resource = "MessagingUser a/b.c"});
    EXPECT_FALSE(audit->refuses());
    EXPECT_EQ(audit->lost(), 0u);
  }
  const Secret key = audit::read_key(keys.path()).value();
  audit::Verifier verifier(key, {});
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) EXPECT_EQ(verifier.line(line, true), "");
  EXPECT_EQ(verifier.end(), "");
  EXPECT_EQ(verifier.lines(), 202u);  // with the one that opens the file
}

TEST_F(AuditTest, changes_beyond_what_the_queue_holds_wait_for_room_and_refuse_no_login) {
  constexpr int each = 3'000;
  {
    const auto audit = Audit::start({.file = file,
                                     .keys = keys.path(),
                                     .on_failure = Audit::OnFailure::refuse,
                                     .queue = 8,
                                     .changes = 8,
                                     .patience = std::chrono::minutes(1)})
                           .value();
    std::vector<std::jthread> writers;
    for (int i = 0; i < 2; ++i) {
      writers.emplace_back([&] {
        for (int j = 0; j < each; ++j) {
          audit->change({.who = "resources", .what = "create", .resource = "MessagingUser a/b.c"});
          EXPECT_FALSE(audit->refuses());
        }
      });
    }
    writers.clear();
    EXPECT_EQ(audit->lost(), 0u);
  }
  std::ifstream in(file);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  EXPECT_EQ(lines, 2u * each + 1);  // with the one that opens the file
}

TEST_F(AuditTest, a_full_disk_refuses_where_that_is_wanted) {
  const auto refusing = start("/dev/full", Audit::OnFailure::refuse);
  wait_until_failing(*refusing);
  EXPECT_TRUE(refusing->refuses());
  EXPECT_THAT(scraped(*refusing), ::testing::HasSubstr("doorward_audit_failing 1"));
}

TEST_F(AuditTest, a_full_disk_lets_logins_go_on_and_counts_what_is_lost) {
  const auto audit = start("/dev/full", Audit::OnFailure::carry_on, 10);
  wait_until_failing(*audit);
  // The writer holds one batch, the queue ten; what is more has no room.
  for (int i = 0; i < 1'000; ++i) audit->login({});
  EXPECT_FALSE(audit->refuses());
  EXPECT_GT(audit->lost(), 0u);
  EXPECT_LE(audit->lost(), 990u);
  EXPECT_THAT(scraped(*audit),
              ::testing::HasSubstr("doorward_audit_lost_total " + std::to_string(audit->lost())));
}

TEST_F(AuditTest, a_change_does_not_wait_for_a_full_disk) {
  const auto audit = Audit::start({.file = "/dev/full",
                                   .keys = keys.path(),
                                   .changes = 10,
                                   .patience = std::chrono::hours(1),
                                   .every = std::chrono::milliseconds(5)})
                         .value();
  wait_until_failing(*audit);
  for (int i = 0; i < 1'000; ++i) audit->change({});
  EXPECT_GT(audit->lost(), 0u);
  EXPECT_LE(audit->lost(), 990u);
}

std::atomic<bool> disk_fails;

TEST_F(AuditTest, a_flush_that_fails_is_tried_again_and_the_failure_ends_with_it) {
  disk_fails = true;
  const auto audit = Audit::start({.file = file,
                                   .keys = keys.path(),
                                   .on_failure = Audit::OnFailure::refuse,
                                   .every = std::chrono::milliseconds(5),
                                   .sync =
                                       [](int) {
                                         errno = EIO;
                                         return disk_fails ? -1 : 0;
                                       }})
                         .value();
  wait_until_failing(*audit);
  EXPECT_TRUE(audit->refuses());
  disk_fails = false;
  // Nothing more is told: the next flush alone has to end it.
  wait_until_failing(*audit, false);
  EXPECT_FALSE(audit->refuses());
}

TEST_F(AuditTest, that_is_finished_early_has_written_what_waited_and_its_anchor_is_of_the_last_line) {
  const auto audit = start(file, Audit::OnFailure::carry_on);
  for (int i = 0; i < 300; ++i) audit->login({});
  ASSERT_TRUE(audit->finish(std::chrono::minutes(1)));
  audit->login({});  // of a session that has not heard of it
  std::ifstream in(file);
  std::string last;
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line); ++lines) last = line;
  EXPECT_EQ(lines, 301u);  // with the one that opens the file
  const auto read = audit::read_line(last);
  ASSERT_TRUE(read);
  const std::string page = scraped(*audit);
  EXPECT_THAT(page, ::testing::ContainsRegex("doorward_audit_anchor\\{instance=\"[0-9a-f]+\"\\} 301\n"));
  for (std::size_t part = 0; part < 8; ++part) {
    const std::string value =
        std::to_string(std::stoul(std::string(read->mac.substr(8 * part, 8)), nullptr, 16));
    EXPECT_THAT(page, ::testing::HasSubstr("part=\"" + std::to_string(part + 1) + "\"} " + value + "\n"));
  }
}

TEST_F(AuditTest, a_folder_that_is_not_there_refuses_the_start) {
  const auto refused = Audit::start({.file = folder / "none" / "audit", .keys = keys.path()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace doorward
