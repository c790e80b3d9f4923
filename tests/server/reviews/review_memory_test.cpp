// How long a review is remembered, and that neither clock can make it longer.
#include "server/reviews/review_memory.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_seconds;

const Review good =
    std::make_shared<const ReviewedUser>(ReviewedUser{.username = "ann", .uid = "1", .groups = {}});
const Review bad = std::unexpected(Failure{SaslCode::auth, LoginReason::token_rejected});
const Review unknown = std::unexpected(Failure{SaslCode::sys_temp, LoginReason::review_timed_out});

constexpr ReviewMemory::Limits limits{
    .good = 3, .bad = 2, .good_for = 60s, .bad_for = 10s, .unknown_for = 1s};

class Memory : public testing::Test {
 protected:
  // Both clocks go on by that.
  static Moment after(std::chrono::nanoseconds time) { return after(time, time); }
  static Moment after(std::chrono::nanoseconds steady, std::chrono::nanoseconds system) {
    return {
        std::chrono::steady_clock::time_point(1h) +
            std::chrono::duration_cast<std::chrono::steady_clock::duration>(steady),
        sys_seconds(1'000'000s) + std::chrono::duration_cast<std::chrono::system_clock::duration>(system)};
  }
  TokenMac mac(const std::string& token) const { return memory.mac(Secret(token)); }
  void remember(const std::string& token, const Review& review, std::optional<sys_seconds> expires = {}) {
    memory.remember(mac(token), review, expires, after(0s));
  }
  bool knows(const std::string& token, Moment at) const { return memory.find(mac(token), at).has_value(); }

  ReviewMemory memory{limits};
};

TEST_F(Memory, keeps_each_kind_for_its_time) {
  remember("good", good);
  remember("bad", bad);
  remember("unknown", unknown);
  EXPECT_EQ(memory.find(mac("good"), after(0s))->value(), good.value());
  EXPECT_EQ(memory.find(mac("bad"), after(0s))->error().reason, LoginReason::token_rejected);
  EXPECT_EQ(memory.find(mac("unknown"), after(0s))->error().reason, LoginReason::review_timed_out);
  const std::pair<const char*, std::chrono::seconds> kinds[] = {{"good", 60s}, {"bad", 10s}, {"unknown", 1s}};
  for (const auto& [token, time] : kinds) {
    EXPECT_TRUE(knows(token, after(time - 1ns))) << token;
    EXPECT_FALSE(knows(token, after(time))) << token;
  }
  EXPECT_FALSE(knows("other", after(0s)));
}

TEST_F(Memory, never_keeps_a_token_past_its_end) {
  remember("soon", good, sys_seconds(1'000'020s));
  EXPECT_TRUE(knows("soon", after(20s - 1ns)));
  EXPECT_FALSE(knows("soon", after(20s)));
  remember("late", good, sys_seconds(1'000'120s));
  EXPECT_FALSE(knows("late", after(60s)));
  remember("over", good, sys_seconds(1'000'000s));
  EXPECT_FALSE(knows("over", after(0s)));
}

TEST_F(Memory, keeps_nothing_longer_because_a_clock_jumps) {
  remember("token", good, sys_seconds(1'000'020s));
  EXPECT_FALSE(knows("token", after(1s, 1h))) << "forwards";
  EXPECT_FALSE(knows("token", after(61s, -1h))) << "backwards";
  EXPECT_TRUE(knows("token", after(1s, -1h)));
}

TEST_F(Memory, has_room_for_so_many_of_each_kind) {
  for (const char* token : {"1", "2", "3"}) remember(token, good);
  for (const char* token : {"x", "y", "z"}) remember(token, bad);
  EXPECT_EQ(memory.size(), 5u);
  EXPECT_FALSE(knows("x", after(0s)));
  EXPECT_TRUE(knows("1", after(0s))) << "what is bad does not push out what is good";
  remember("4", good);
  EXPECT_FALSE(knows("1", after(0s)));
  EXPECT_TRUE(knows("2", after(0s)));
  remember("2", good);
  remember("5", good);
  EXPECT_EQ(memory.size(), 5u);
}

TEST_F(Memory, has_its_own_key) {
  const ReviewMemory other(limits);
  EXPECT_NE(other.mac(Secret("token")), mac("token"));
  EXPECT_NE(mac("token2"), mac("token"));
  EXPECT_EQ(mac("token"), mac("token"));
}

TEST(MemoryOfNothing, remembers_nothing) {
  ReviewMemory none({.good = 0, .bad = 0, .good_for = 60s, .bad_for = 10s, .unknown_for = 1s});
  none.remember(none.mac(Secret("t")), good, std::nullopt, Moment::now());
  none.remember(none.mac(Secret("u")), bad, std::nullopt, Moment::now());
  EXPECT_EQ(none.size(), 0u);
}

}  // namespace
}  // namespace doorward
