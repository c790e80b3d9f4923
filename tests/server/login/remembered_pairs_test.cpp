// Which passwords are remembered, for how long, and how many.
#include "server/login/remembered_pairs.hpp"

#include "tests/server/login/house.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using Clock = RememberedPairs::Clock;

constexpr Clock::time_point start{1h};

class Remembered : public testing::Test {
 protected:
  RememberedPairs::Pair pair(std::string_view password, std::string_view username = "ann",
                             std::string_view realm = "shop", std::uint64_t version = 7) const {
    UserRecord user{.realm = Realm::parse(realm).value(),
                    .username = Username::parse(username).value(),
                    .version = version,
                    .credentials = {},
                    .authorization = {}};
    return pairs.pair(user, Secret(password));
  }
  RememberedPairs pairs{{.pairs = 1'000, .time = 600s}};
};

TEST_F(Remembered, is_what_was_told_and_nothing_that_differs_in_realm_user_password_or_version) {
  pairs.remember(pair("pencil"), start);
  EXPECT_TRUE(pairs.knows(pair("pencil"), start));
  EXPECT_FALSE(pairs.knows(pair("pencil "), start));
  EXPECT_FALSE(pairs.knows(pair(""), start));
  EXPECT_FALSE(pairs.knows(pair("pencil", "bob"), start));
  EXPECT_FALSE(pairs.knows(pair("pencil", "ann", "open"), start));
  EXPECT_FALSE(pairs.knows(pair("pencil", "ann", "shop", 8), start));
}

TEST_F(Remembered, keeps_fields_apart_that_read_the_same_when_joined) {
  EXPECT_NE(pair("c", "ab", "x"), pair("bc", "a", "x"));
  EXPECT_NE(pair("c", "b", "xa"), pair("c", "ab", "x"));
}

TEST_F(Remembered, ends_with_its_time) {
  pairs.remember(pair("pencil"), start);
  EXPECT_TRUE(pairs.knows(pair("pencil"), start + 600s - 1ns));
  EXPECT_FALSE(pairs.knows(pair("pencil"), start + 600s));
}

TEST_F(Remembered, ends_before_its_time_where_the_password_does) {
  pairs.remember(pair("pencil"), start, 10s);
  EXPECT_TRUE(pairs.knows(pair("pencil"), start + 10s - 1ns));
  EXPECT_FALSE(pairs.knows(pair("pencil"), start + 10s));
}

TEST_F(Remembered, begins_anew_when_verified_again) {
  pairs.remember(pair("pencil"), start);
  pairs.remember(pair("pencil"), start + 700s);
  EXPECT_TRUE(pairs.knows(pair("pencil"), start + 1'299s));
  EXPECT_EQ(pairs.size(), 1u);
}

TEST_F(Remembered, is_bounded_in_number_and_the_oldest_go) {
  for (int i = 0; i < 5'000; ++i) pairs.remember(pair(std::to_string(i)), start);
  EXPECT_LE(pairs.size(), 1'000u);
  EXPECT_GT(pairs.size(), 900u);
  EXPECT_TRUE(pairs.knows(pair("4999"), start));
  EXPECT_FALSE(pairs.knows(pair("0"), start));
}

TEST_F(Remembered, is_nothing_with_a_bound_of_none) {
  RememberedPairs none({.pairs = 0, .time = 600s});
  none.remember(pair("pencil"), start);
  EXPECT_EQ(none.size(), 0u);
  EXPECT_FALSE(none.knows(pair("pencil"), start));
}

TEST_F(Remembered, is_under_a_key_that_no_other_process_has) {
  const RememberedPairs elsewhere({});
  const UserRecord ann = user_of("shop", "ann", "pencil", {});
  EXPECT_NE(elsewhere.pair(ann, Secret(std::string_view("pencil"))),
            pairs.pair(ann, Secret(std::string_view("pencil"))));
}

}  // namespace
}  // namespace doorward
