// Which call a plugin gets next, with no plugin, thread and clock: turns by realm, and all bounds.
#include "plugins/host/call_turns.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using testing::ElementsAre;
using Place = CallTurns::Place;

// Calls that say their ticket when they are made.
class Calls : public testing::Test {
 protected:
  void wait(std::string_view realm, doorward_ticket ticket, Place place = Place::last) {
    turns.wait(realm, place, ticket, [this, ticket] { made.push_back(ticket); });
  }
  // All that may be made before any returns.
  void make_all() {
    while (turns.may_call()) make_one();
  }
  std::string make_one() {
    CallTurns::Turn turn = turns.next();
    turn.job();
    return turn.realm;
  }
  // And those that return at once, and leave their call unanswered.
  void make_all_that_return() {
    while (turns.may_call()) turns.give_worker_back(make_one());
  }

  std::vector<doorward_ticket> made;
  CallTurns turns{{.waiting = 1'000, .unanswered = 8, .workers = 8}};
};

TEST_F(Calls, go_from_realm_to_realm) {
  for (doorward_ticket ticket = 100; ticket < 200; ++ticket) wait("storm", ticket);
  wait("quiet", 1);
  wait("other", 2);
  wait("quiet", 3);
  for (int i = 0; i < 6; ++i) {
    const std::string realm = make_one();
    turns.give_place_back(realm);
    turns.give_worker_back(realm);
  }
  EXPECT_THAT(made, ElementsAre(100, 1, 2, 101, 3, 102));
  EXPECT_EQ(turns.waiting(), 97u);
}

TEST_F(Calls, wait_for_a_place_once_as_many_are_unanswered_as_may_be) {
  for (doorward_ticket ticket = 1; ticket <= 6; ++ticket) wait("a", ticket);
  make_all_that_return();
  EXPECT_THAT(made, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(turns.waiting(), 2u) << "held, and not refused";
  turns.give_place_back("a");
  make_all_that_return();
  EXPECT_THAT(made, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_FALSE(turns.may_call());
}

// Of the calls that the plugin leaves unanswered, and of the workers that are in one which blocks.
TEST_F(Calls, leave_half_of_each_bound_to_other_realms) {
  CallTurns few_workers({.waiting = 1'000, .unanswered = 100, .workers = 4});
  CallTurns few_places({.waiting = 1'000, .unanswered = 4, .workers = 100});
  for (CallTurns* turns : {&few_workers, &few_places}) {
    const auto made_of = [turns](const char* realm) {
      for (doorward_ticket ticket = 1; ticket <= 6; ++ticket) turns->wait(realm, Place::last, ticket, [] {});
      int count = 0;
      while (turns->may_call()) {
        EXPECT_EQ(turns->next().realm, realm);
        ++count;
      }
      return count;
    };
    EXPECT_EQ(made_of("storm"), 2);
    EXPECT_EQ(made_of("another"), 1);
    EXPECT_EQ(made_of("quiet"), 1);
    EXPECT_EQ(made_of("late"), 0) << "all are taken";
    turns->give_place_back("storm");
    turns->give_worker_back("storm");
    ASSERT_TRUE(turns->may_call());
    EXPECT_EQ(turns->next().realm, "late") << "all others hold as many as are free";
  }
}

TEST_F(Calls, have_the_only_worker_one_after_the_other) {
  CallTurns one({.waiting = 10, .unanswered = 10, .workers = 1});
  one.wait("a", Place::last, 1, [] {});
  one.wait("a", Place::last, 2, [] {});
  EXPECT_EQ(one.next().realm, "a");
  EXPECT_FALSE(one.may_call());
  one.give_worker_back("a");
  EXPECT_TRUE(one.may_call());
}

TEST_F(Calls, have_a_bound_on_those_that_wait) {
  CallTurns two({.waiting = 2, .unanswered = 1, .workers = 1});
  EXPECT_FALSE(two.full());
  two.wait("a", Place::last, 1, [] {});
  EXPECT_FALSE(two.full());
  two.wait("b", Place::last, 2, [] {});
  EXPECT_TRUE(two.full());
  (void)two.next();
  EXPECT_FALSE(two.full()) << "one that is made waits no more";
}

TEST_F(Calls, that_go_on_with_an_exchange_go_first_in_their_realm) {
  wait("a", 1);
  wait("a", 2);
  wait("b", 3);
  wait("a", 9, Place::first);
  make_all();
  EXPECT_THAT(made, ElementsAre(9, 3, 1, 2));
}

TEST_F(Calls, that_leave_are_not_made_and_take_no_place) {
  for (doorward_ticket ticket = 1; ticket <= 6; ++ticket) wait("a", ticket);
  EXPECT_TRUE(turns.leave("a", 2));
  EXPECT_FALSE(turns.leave("a", 2));
  EXPECT_FALSE(turns.leave("b", 1));
  make_all();
  EXPECT_THAT(made, ElementsAre(1, 3, 4, 5));
  EXPECT_FALSE(turns.leave("a", 3)) << "its turn has come";
}

TEST_F(Calls, wait_for_no_place_at_the_end) {
  for (doorward_ticket ticket = 1; ticket <= 6; ++ticket) wait("a", ticket);
  make_all();
  turns.drop_bound();
  make_all();
  EXPECT_EQ(made.size(), 6u);
  EXPECT_EQ(turns.waiting(), 0u);
}

}  // namespace
}  // namespace doorward::plugins
