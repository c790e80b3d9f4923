// Old history goes, what is current and the newest changes stay, and not at every look.
#include "server/service/history_keeper.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward {
namespace {

class HistoryKept : public resources::Workbench {
 protected:
  void write(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(store_->commit(std::vector<Write>{Put{.object = {.key = user("shop.alice"), .uid = "u"}}}));
    }
  }
  bool is_kept(ResourceVersion after) { return store_->changes_after(after, 1).has_value(); }

  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(HistoryKept, keeps_the_newest_changes) {
  HistoryKeeper keeper(*store_, 3);
  write(3);
  keeper.look(now_);
  EXPECT_TRUE(is_kept(0)) << "as many as are kept";
  write(2);
  keeper.look(now_ + HistoryKeeper::every - std::chrono::milliseconds(1));
  EXPECT_TRUE(is_kept(0)) << "not yet";
  keeper.look(now_ + HistoryKeeper::every);
  EXPECT_FALSE(is_kept(1));
  EXPECT_TRUE(is_kept(2));
  EXPECT_TRUE(exists(user("shop.alice")));
}

}  // namespace
}  // namespace doorward
