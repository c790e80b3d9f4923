// A disk that takes what is written and does not come back from a flush: who waits for it, and who does not.
#include "server/audit/audit.hpp"
#include "server/audit/key.hpp"
#include "server/audit/verify.hpp"
#include "server/ops/log.hpp"
#include "tests/server/audit/audit_house.hpp"

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

// The disk hangs until the test, which is the only one that can, lets it answer.
class AuditOnADiskThatHangs : public AuditTest {
 protected:
  AuditOnADiskThatHangs() {
    hangs = true;
    flushes = 0;
  }

  Audit::Options options() const {
    return {.file = file, .keys = keys.path(), .every = std::chrono::milliseconds(5), .sync = [](int) {
              ++flushes;
              while (hangs) std::this_thread::yield();
              return 0;
            }};
  }
  // With the first flush under way, that of the line which opens the file.
  static std::unique_ptr<Audit> start_hanging(Audit::Options with) {
    auto audit = Audit::start(std::move(with)).value();
    while (flushes == 0) std::this_thread::yield();
    return audit;
  }
  static void answer() { hangs = false; }

 private:
  static inline std::atomic<bool> hangs;
  static inline std::atomic<int> flushes;
};

TEST_F(AuditOnADiskThatHangs, is_not_waited_for_by_who_wants_to_finish) {
  const auto audit = start_hanging(options());
  audit->login({});
  EXPECT_FALSE(audit->finish(std::chrono::milliseconds(10)));
  answer();
  EXPECT_TRUE(audit->finish(std::chrono::minutes(1)));
}

TEST_F(AuditOnADiskThatHangs, costs_a_change_its_patience_once_and_not_each_of_them) {
  Audit::Options wanted = options();
  wanted.on_failure = Audit::OnFailure::refuse;
  wanted.changes = 10;
  wanted.patience = std::chrono::seconds(1);
  wanted.hangs_after = std::chrono::hours(1);
  const auto audit = start_hanging(std::move(wanted));
  // Each with a patience of its own, they would outlast the time limit of the test.
  for (int i = 0; i < 10'000; ++i) audit->change({});
  EXPECT_EQ(audit->lost(), 9'990u);
  EXPECT_FALSE(audit->refuses());
  EXPECT_THAT(scraped(*audit), ::testing::HasSubstr("doorward_audit_queue{event=\"change\"} 10\n"));
  answer();
  EXPECT_TRUE(audit->finish(std::chrono::minutes(1)));
  EXPECT_EQ(audit->lost(), 9'990u);
}

class AuditOnADiskThatHangsAndWhatIsWanted : public AuditOnADiskThatHangs,
                                             public testing::WithParamInterface<Audit::OnFailure> {};

INSTANTIATE_TEST_SUITE_P(OnFailure, AuditOnADiskThatHangsAndWhatIsWanted,
                         testing::Values(Audit::OnFailure::carry_on, Audit::OnFailure::refuse),
                         [](const auto& info) {
                           return info.param == Audit::OnFailure::refuse ? "refuse" : "carry_on";
                         });

TEST_P(AuditOnADiskThatHangsAndWhatIsWanted, no_login_waits_and_all_is_written_when_it_answers_again) {
  constexpr std::size_t logins = 2'000;  // more than the writer takes at once
  Audit::Options wanted = options();
  wanted.on_failure = GetParam();
  wanted.hangs_after = std::chrono::milliseconds(50);
  const auto audit = start_hanging(std::move(wanted));
  for (std::size_t i = 0; i < logins; ++i) audit->login({.username = std::to_string(i)});
  wait_until_failing(*audit);
  EXPECT_EQ(audit->refuses(), GetParam() == Audit::OnFailure::refuse);
  EXPECT_THAT(scraped(*audit), ::testing::HasSubstr("doorward_audit_failing 1"));
  EXPECT_THAT(scraped(*audit), ::testing::HasSubstr("doorward_audit_queue{event=\"login\"} 2000\n"));
  answer();
  wait_until_failing(*audit, false);
  EXPECT_FALSE(audit->refuses());
  ASSERT_TRUE(audit->finish(std::chrono::minutes(1)));
  EXPECT_EQ(audit->lost(), 0u);

  const Secret key = audit::read_key(keys.path()).value();
  audit::Verifier verifier(key, {});
  std::ifstream in(file);
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    EXPECT_EQ(verifier.line(line, true), "");
    const auto told = nlohmann::json::parse(line);
    if (told["event"] == "login") names.push_back(told["user"]);
  }
  EXPECT_EQ(verifier.end(), "");
  ASSERT_EQ(names.size(), logins);
  for (std::size_t i = 0; i < logins; ++i) EXPECT_EQ(names[i], std::to_string(i));
}

TEST_F(AuditOnADiskThatHangs, says_so_in_the_log_once) {
  testing::internal::CaptureStderr();
  {
    const log::Writer writer{log::Writer::Options{}};
    Audit::Options wanted = options();
    wanted.hangs_after = std::chrono::milliseconds(1);
    const auto audit = start_hanging(std::move(wanted));
    wait_until_failing(*audit);
    for (int i = 0; i < 3; ++i) audit->look();
    answer();
    EXPECT_TRUE(audit->finish(std::chrono::minutes(1)));
  }
  const std::string told = testing::internal::GetCapturedStderr();
  const auto count = [&](std::string_view words) {
    std::size_t found = 0;
    for (auto at = told.find(words); at != std::string::npos; at = told.find(words, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("audit hangs: its disk does not answer"), 1u) << told;
  EXPECT_EQ(count("audit's disk answers again"), 1u) << told;
}

}  // namespace
}  // namespace doorward
