// A set of manifests applied as a whole: all or nothing, exactly what differs, what is owned and no longer
// there.
#include "server/resources/apply.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Apply : public Workbench {};

TEST_F(Apply, makes_a_user_that_logs_in) {
  EXPECT_EQ(outcome(service_yaml("standard-authservice") + space_yaml("team1", "shop") +
                    user_yaml("team1", "shop.alice", "alice")),
            "3 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_FALSE(logs_in("team1-shop", "alice", "pencils"));
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Active");
}

TEST_F(Apply, writes_nothing_the_second_time) {
  const std::string yaml = service_yaml("standard-authservice") + space_yaml("team1", "shop") +
                           user_yaml("team1", "shop.alice", "alice");
  ASSERT_TRUE(apply(yaml));
  const auto version_before = version();
  EXPECT_EQ(outcome(yaml), "0 created, 0 changed, 0 deleted, 3 unchanged");
  EXPECT_EQ(version(), version_before);
}

}  // namespace
}  // namespace doorward::resources
