// Old history goes, by number and by bytes; what is current and the newest changes stay.
#include "server/service/history_keeper.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward {
namespace {

class HistoryKept : public resources::Workbench {
 protected:
  void write(int times, std::size_t bytes = 0) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(store_->commit(std::vector<Write>{
          Put{.object = {.key = user("shop.alice"), .uid = "u", .document = std::string(bytes, 'x')}}}));
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

TEST_F(HistoryKept, keeps_fewer_changes_where_they_are_large_and_looks_at_that_at_once) {
  HistoryKeeper keeper(*store_, 3);
  write(2, HistoryKeeper::bytes_for_each);
  keeper.look(now_);
  write(1, HistoryKeeper::bytes_for_each);
  keeper.look(now_ + std::chrono::milliseconds(1));
  EXPECT_TRUE(is_kept(0)) << "exactly as many bytes as are kept";
  write(1, 1);
  keeper.look(now_ + std::chrono::milliseconds(2));
  EXPECT_FALSE(is_kept(0));
  EXPECT_TRUE(is_kept(1));
  write(1, 3 * HistoryKeeper::bytes_for_each + 1);
  keeper.look(now_ + std::chrono::milliseconds(3));
  EXPECT_TRUE(is_kept(5));
  EXPECT_FALSE(is_kept(4)) << "one by itself is too many";
  EXPECT_TRUE(exists(user("shop.alice")));
}

}  // namespace
}  // namespace doorward
