// Lines of the log for what becomes ready and what stops being so, whoever wrote it, and none of them twice.
#include "server/telemetry/status_report.hpp"

#include "server/ops/log.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StatusReportTest : public testing::Test {
 protected:
  void write(const ObjectKey& key, const std::string& status) {
    const Write write = samples::put(key, R"({"status":)" + status + "}");
    ASSERT_TRUE(store_->commit({&write, 1}));
  }
  template <class Told>
  static std::string lines_of(Told told) {
    testing::internal::CaptureStderr();
    {
      const log::Writer writer({});
      told();
    }
    return testing::internal::GetCapturedStderr();
  }
  std::string look() {
    return lines_of([this] { report_.look(*store_, {}); });
  }
  std::string begin() {
    return lines_of([this] { report_.begin(*store_); });
  }

  static constexpr const char* active = R"({"phase":"Active"})";
  static constexpr const char* pending = R"({"phase":"Pending","message":"no such space"})";
  static constexpr const char* not_ready = R"({"phase":"Pending","messages":["no plan","no service"]})";

  TemporaryDirectory folder_;
  std::unique_ptr<Store> store_ = open_sqlite_store(folder_ / "doorward.db").value();
  StatusReport report_{"enmasse-infra", 0};
};

TEST_F(StatusReportTest, each_change_is_told_once_with_the_reason) {
  struct Case {
    ObjectKey key;
    const char* status;
    const char* line;
  };
  const Case cases[] = {
      {samples::space_key("shop"), not_ready,
       "address space is not ready space=team/shop message=\"no plan; no service\""},
      {samples::user_key("shop.a"), pending, "user is not active user=team/shop.a message=\"no such space\""},
      {{"addresses.enmasse.io", "team", "shop.q"}, not_ready, "address is not ready address=team/shop.q"},
  };
  for (const Case& c : cases) {
    write(c.key, c.status);
    EXPECT_THAT(look(), AllOf(HasSubstr("warning"), HasSubstr(c.line)));
    EXPECT_THAT(look(), IsEmpty());
    write(c.key, c.status);  // something else of it has changed
    EXPECT_THAT(look(), IsEmpty());
    write(c.key, active);
    EXPECT_THAT(look(),
                HasSubstr(std::string(c.line).find("user") == 0 ? "info user is active user=team/shop.a"
                                                                : "is ready"));
    write(c.key, active);
    EXPECT_THAT(look(), IsEmpty());
  }
}

TEST_F(StatusReportTest, what_was_ready_from_the_beginning_and_what_is_deleted_make_no_line) {
  write(samples::space_key("shop"), active);
  write(samples::user_key("shop.a"), active);
  EXPECT_THAT(look(), IsEmpty());
  write(samples::user_key("shop.b"), pending);
  const Write removal = Delete{.key = samples::user_key("shop.a")};
  ASSERT_TRUE(store_->commit({&removal, 1}));
  EXPECT_THAT(look(), AllOf(HasSubstr("shop.b"), Not(HasSubstr("shop.a"))));
}

TEST_F(StatusReportTest, every_step_between_two_looks_is_told_in_order) {
  write(samples::user_key("shop.a"), pending);
  write(samples::user_key("shop.a"), active);
  const std::string lines = look();
  ASSERT_THAT(lines, AllOf(HasSubstr("user is not active"), HasSubstr("user is active")));
  EXPECT_LT(lines.find("user is not active"), lines.find("user is active"));
}

TEST_F(StatusReportTest, a_space_tells_another_reason_and_a_user_does_not) {
  write(samples::space_key("shop"), not_ready);
  write(samples::user_key("shop.a"), pending);
  look();
  write(samples::space_key("shop"), R"({"phase":"Pending","messages":["no service"]})");
  write(samples::user_key("shop.a"), R"({"phase":"Pending","message":"the plan is full"})");
  EXPECT_THAT(look(), AllOf(HasSubstr("space=team/shop message=\"no service\""), Not(HasSubstr("shop.a"))));
}

TEST_F(StatusReportTest, the_start_tells_of_spaces_that_are_not_ready_and_the_history_does_not_repeat_it) {
  EXPECT_THAT(begin(), HasSubstr("no address space"));
  write(samples::space_key("shop"), not_ready);
  write(samples::space_key("well"), active);
  EXPECT_THAT(begin(), AllOf(HasSubstr("space=team/shop"), Not(HasSubstr("team/well"))));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(StatusReportTest, so_many_lines_are_written_at_once_and_the_rest_is_counted) {
  for (const std::size_t count : {StatusReport::max_lines, StatusReport::max_lines + 1}) {
    std::vector<Write> writes;
    for (std::size_t i = 0; i < count; ++i) {
      writes.push_back(samples::put(samples::user_key(std::to_string(count) + "." + std::to_string(i)),
                                    R"({"status":{"phase":"Pending"}})"));
    }
    ASSERT_TRUE(store_->commit(writes));
    const std::string lines = look();
    const bool over = count > StatusReport::max_lines;
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(lines, '\n')),
              StatusReport::max_lines + (over ? 1 : 0));
    EXPECT_EQ(lines.find("more=1") != std::string::npos, over);
  }
}

TEST_F(StatusReportTest, a_gap_in_the_history_is_told_and_spaces_are_looked_at_anew) {
  write(samples::space_key("shop"), not_ready);
  write(samples::user_key("shop.a"), pending);
  ASSERT_TRUE(store_->compact(2));
  EXPECT_THAT(look(), AllOf(HasSubstr("went by untold"), HasSubstr("space=team/shop")));
  EXPECT_THAT(look(), IsEmpty());
}

}  // namespace
}  // namespace doorward
