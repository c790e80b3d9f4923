// Which review is next, with no clock and no server: what each line gets of the turns, and its bounds.
#include "server/reviews/review_turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ReviewLine a = ReviewLine::of_realm("a"), b = ReviewLine::of_realm("b"),
                 strangers = ReviewLine::of_unknown_realms(), callers = ReviewLine::of_callers("192.0.2.7");

std::vector<ReviewTurns::Id> begin_all(ReviewTurns& turns) {
  std::vector<ReviewTurns::Id> begun;
  while (const auto id = turns.next()) begun.push_back(*id);
  return begun;
}

TEST(ReviewTurns, go_from_line_to_line) {
  ReviewTurns turns({});
  for (const ReviewTurns::Id id : {1, 2, 3}) EXPECT_TRUE(turns.wait(id, a));
  EXPECT_TRUE(turns.wait(4, callers));
  EXPECT_TRUE(turns.wait(5, strangers));
  for (const ReviewTurns::Id id : {6, 7}) EXPECT_TRUE(turns.wait(id, b));
  EXPECT_FALSE(turns.none());
  EXPECT_THAT(begin_all(turns), ElementsAre(1, 4, 5, 6, 2, 7, 3));
  EXPECT_TRUE(turns.none());
}

TEST(ReviewTurns, let_one_realm_wait_for_one_turn_of_a_storm) {
  ReviewTurns turns({});
  for (ReviewTurns::Id id = 0; id < 4'000; ++id) EXPECT_TRUE(turns.wait(id, a));
  for (ReviewTurns::Id id = 10'000; id < 10'064; ++id) EXPECT_TRUE(turns.wait(id, strangers));
  EXPECT_TRUE(turns.wait(99'999, b));
  EXPECT_EQ(turns.next(), 0u);
  EXPECT_EQ(turns.next(), 10'000u);
  EXPECT_EQ(turns.next(), 99'999u);
}

TEST(ReviewTurns, let_callers_from_one_address_hold_up_none_from_another) {
  ReviewTurns turns({});
  for (ReviewTurns::Id id = 0; id < 4'000; ++id) EXPECT_TRUE(turns.wait(id, callers));
  EXPECT_TRUE(turns.wait(99'999, ReviewLine::of_callers("192.0.2.8")));
  EXPECT_EQ(turns.next(), 0u);
  EXPECT_EQ(turns.next(), 99'999u);
}

TEST(ReviewTurns, let_one_line_have_half_of_those_under_way_and_begin_another_at_once) {
  ReviewTurns turns({.under_way = 4});
  for (const ReviewTurns::Id id : {1, 2, 3, 4}) EXPECT_TRUE(turns.wait(id, a));
  EXPECT_THAT(begin_all(turns), ElementsAre(1, 2));
  EXPECT_TRUE(turns.none()) << "though two more could be under way";
  EXPECT_TRUE(turns.wait(10, b));
  EXPECT_TRUE(turns.wait(11, b));
  EXPECT_TRUE(turns.wait(20, callers));
  EXPECT_FALSE(turns.none());
  EXPECT_THAT(begin_all(turns), ElementsAre(10, 20));
  turns.ended(1);
  EXPECT_TRUE(turns.none()) << "none of those who hold one as well";
  turns.ended(2);
  EXPECT_THAT(begin_all(turns), ElementsAre(3));
  turns.ended(3);
  turns.ended(10);
  turns.ended(20);
  EXPECT_THAT(begin_all(turns), ElementsAre(11, 4)) << "all others have ended";
}

TEST(ReviewTurns, are_as_many_under_way_as_may_be) {
  ReviewTurns turns({.under_way = 1});
  EXPECT_TRUE(turns.wait(1, a));
  EXPECT_TRUE(turns.wait(2, b));
  EXPECT_THAT(begin_all(turns), ElementsAre(1));
  EXPECT_TRUE(turns.none());
  turns.ended(1);
  EXPECT_THAT(begin_all(turns), ElementsAre(2));
}

TEST(ReviewTurns, let_strangers_begin_one_at_a_time) {
  ReviewTurns turns({});
  for (const ReviewTurns::Id id : {1, 2, 3}) EXPECT_TRUE(turns.wait(id, strangers));
  EXPECT_THAT(begin_all(turns), ElementsAre(1));
  EXPECT_TRUE(turns.none());
  turns.ended(1);
  EXPECT_THAT(begin_all(turns), ElementsAre(2));
  turns.ended(3);  // it has waited too long
  turns.ended(2);
  EXPECT_THAT(begin_all(turns), IsEmpty());
  EXPECT_TRUE(turns.wait(4, strangers));
  EXPECT_THAT(begin_all(turns), ElementsAre(4));
}

TEST(ReviewTurns, have_a_bound_for_strangers_and_one_for_all_others) {
  ReviewTurns turns({.waiting = 2, .unknown_realms = 1});
  EXPECT_TRUE(turns.wait(1, strangers));
  EXPECT_TRUE(turns.wait(2, strangers));
  EXPECT_FALSE(turns.wait(3, strangers));
  EXPECT_TRUE(turns.wait(4, a));
  EXPECT_TRUE(turns.wait(5, callers));
  EXPECT_FALSE(turns.wait(6, b));
  EXPECT_THAT(begin_all(turns), ElementsAre(1, 4, 5));
  EXPECT_TRUE(turns.wait(6, b));
  EXPECT_FALSE(turns.wait(3, strangers)) << "that one is under way makes no room behind it";
  turns.ended(1);
  EXPECT_TRUE(turns.wait(3, strangers));
}

TEST(ReviewTurns, forget_what_ends_before_its_turn) {
  ReviewTurns turns({.waiting = 2, .unknown_realms = 1});
  EXPECT_TRUE(turns.wait(1, a));
  EXPECT_TRUE(turns.wait(2, a));
  EXPECT_TRUE(turns.wait(3, strangers));
  EXPECT_TRUE(turns.wait(4, strangers));
  turns.ended(1);
  EXPECT_TRUE(turns.wait(5, b)) << "its place is free";
  turns.ended(3);
  EXPECT_TRUE(turns.wait(6, strangers));
  turns.ended(77);  // nobody's
  EXPECT_THAT(begin_all(turns), ElementsAre(2, 5, 4));
}

TEST(ReviewTurns, take_what_several_realms_ask_for_by_the_first_turn_of_any) {
  ReviewTurns turns({});
  for (const ReviewTurns::Id id : {1, 2, 3}) EXPECT_TRUE(turns.wait(id, a));
  EXPECT_TRUE(turns.join(3, b));
  EXPECT_FALSE(turns.join(3, b)) << "it waits there already";
  EXPECT_FALSE(turns.join(3, strangers));
  EXPECT_EQ(turns.next(), 1u);
  EXPECT_EQ(turns.next(), 3u);
  EXPECT_FALSE(turns.join(3, callers)) << "it has begun";
  EXPECT_THAT(begin_all(turns), ElementsAre(2)) << "and does so once";
}

TEST(ReviewTurns, take_out_of_the_line_of_strangers_what_a_realm_asks_for) {
  ReviewTurns turns({});
  for (const ReviewTurns::Id id : {1, 2, 3, 4}) EXPECT_TRUE(turns.wait(id, strangers));
  EXPECT_TRUE(turns.join(3, a));
  EXPECT_TRUE(turns.join(1, b)) << "also where its turn is next";
  EXPECT_THAT(begin_all(turns), ElementsAre(3, 2, 1));
  turns.ended(3);
  turns.ended(1);
  EXPECT_THAT(begin_all(turns), IsEmpty()) << "the second is under way";
  turns.ended(2);
  EXPECT_THAT(begin_all(turns), ElementsAre(4));
}

TEST(ReviewTurns, leave_under_way_to_strangers_what_a_realm_asks_for_too_late) {
  ReviewTurns turns({});
  EXPECT_TRUE(turns.wait(1, strangers));
  EXPECT_TRUE(turns.wait(2, strangers));
  EXPECT_EQ(turns.next(), 1u);
  EXPECT_FALSE(turns.join(1, a));
  EXPECT_TRUE(turns.none());
  turns.ended(1);
  EXPECT_EQ(turns.next(), 2u);
}

}  // namespace
}  // namespace doorward
