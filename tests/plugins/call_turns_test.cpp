// Which call a plugin gets next, with no plugin, thread and clock: turns by realm, and both bounds.
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
  void make_all() {
    while (turns.may_call()) turns.next()();
  }

  std::vector<doorward_ticket> made;
  CallTurns turns{{.waiting = 1'000, .unanswered = 4}};
};

TEST_F(Calls, go_from_realm_to_realm) {
  for (doorward_ticket ticket = 100; ticket < 200; ++ticket) wait("storm", ticket);
  wait("quiet", 1);
  wait("other", 2);
  wait("quiet", 3);
  for (int i = 0; i < 6; ++i) {
    turns.next()();
    turns.give_place_back();
  }
  EXPECT_THAT(made, ElementsAre(100, 1, 2, 101, 3, 102));
  EXPECT_EQ(turns.waiting(), 97u);
}

TEST_F(Calls, wait_for_a_place_once_as_many_are_unanswered_as_may_be) {
  for (doorward_ticket ticket = 1; ticket <= 6; ++ticket) wait("a", ticket);
  make_all();
  EXPECT_THAT(made, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(turns.waiting(), 2u) << "held, and not refused";
  turns.give_place_back();
  make_all();
  EXPECT_THAT(made, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_FALSE(turns.may_call());
}

TEST_F(Calls, have_a_bound_on_those_that_wait) {
  CallTurns two({.waiting = 2, .unanswered = 1});
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
