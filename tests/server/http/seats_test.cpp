// Places for connections: who gets one, who loses it, who keeps it.
#include "server/http/seats.hpp"

#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace doorward::http {
namespace {

using namespace std::chrono_literals;

struct Silent final : rest::Stream {
  std::optional<std::string> next(std::chrono::steady_clock::time_point) override { return std::nullopt; }
  void stop() override { stopped = true; }
  bool stopped = false;
};

// Its head and its body are there.
bool answer(Seats& seats, Seats::Seat& seat, const std::string& caller = "ann") {
  return seats.hear(seat, caller) == Seats::Heard::yes && seats.answer(seat);
}

TEST(SeatsTest, turn_out_whoever_has_been_idle_for_longest) {
  Seats seats(2, 0, 0);
  bool first_out = false;
  std::promise<void> second_out;
  Seats::Seat* first = seats.take([&] { first_out = true; });
  Seats::Seat* second = seats.take([&] { second_out.set_value(); });
  for (Seats::Seat* seat : {second, first}) {
    EXPECT_TRUE(seats.work(*seat));
    EXPECT_TRUE(answer(seats, *seat));
    EXPECT_TRUE(seats.rest(*seat));  // idle anew: the second has been so for longer
  }
  auto newcomer = std::async([&] { return seats.take([] {}); });
  second_out.get_future().wait();
  EXPECT_FALSE(seats.work(*second));
  seats.leave(second);
  EXPECT_NE(newcomer.get(), nullptr);
  EXPECT_FALSE(first_out);
}

TEST(SeatsTest, turn_out_the_stranger_who_came_first_whatever_he_does_before_anybody_known) {
  Seats seats(3, 0, 0);
  bool known_out = false, last_out = false;
  std::promise<void> stranger_out;
  Seats::Seat* known = seats.take([&] { known_out = true; });
  seats.work(*known);
  answer(seats, *known);
  seats.rest(*known);
  Seats::Seat* stranger = seats.take([&] { stranger_out.set_value(); });
  seats.take([&] { last_out = true; });
  EXPECT_TRUE(seats.work(*stranger));
  EXPECT_TRUE(answer(seats, *stranger, ""));
  auto newcomer = std::async([&] { return seats.take([] {}); });
  stranger_out.get_future().wait();
  EXPECT_FALSE(seats.rest(*stranger));
  seats.leave(stranger);
  EXPECT_NE(newcomer.get(), nullptr);
  EXPECT_FALSE(known_out);
  EXPECT_FALSE(last_out);
}

TEST(SeatsTest, turn_out_a_known_one_whose_next_head_does_not_end) {
  Seats seats(1, 0, 0);
  std::promise<void> out;
  Seats::Seat* seat = seats.take([&] { out.set_value(); });
  seats.work(*seat);
  answer(seats, *seat);
  seats.rest(*seat);
  EXPECT_TRUE(seats.work(*seat));
  auto newcomer = std::async([&] { return seats.take([] {}); });
  out.get_future().wait();
  EXPECT_FALSE(answer(seats, *seat));
  seats.leave(seat);
  EXPECT_NE(newcomer.get(), nullptr);
}

TEST(SeatsTest, turn_out_a_known_one_whose_body_does_not_end) {
  Seats seats(1, 0, 0);
  std::promise<void> out;
  Seats::Seat* seat = seats.take([&] { out.set_value(); });
  seats.work(*seat);
  EXPECT_EQ(seats.hear(*seat, "ann"), Seats::Heard::yes);
  auto newcomer = std::async([&] { return seats.take([] {}); });
  out.get_future().wait();
  EXPECT_FALSE(seats.answer(*seat));
  seats.leave(seat);
  EXPECT_NE(newcomer.get(), nullptr);
}

TEST(SeatsTest, give_a_caller_half_of_the_requests_under_way) {
  Seats seats(4, 0, 0);
  std::vector<Seats::Seat*> taken;
  for (int i = 0; i < 4; ++i) {
    taken.push_back(seats.take([] {}));
    seats.work(*taken.back());
  }
  EXPECT_TRUE(answer(seats, *taken[0], "eve"));
  EXPECT_TRUE(answer(seats, *taken[1], "eve"));
  EXPECT_EQ(seats.hear(*taken[2], "eve"), Seats::Heard::too_many_of_caller);
  EXPECT_TRUE(answer(seats, *taken[3], "ann"));
  seats.leave(taken[3]);
  seats.rest(*taken[0]);
  EXPECT_TRUE(answer(seats, *taken[2], "eve"));
}

TEST(SeatsTest, let_a_newcomer_wait_while_everybody_known_is_answered) {
  Seats seats(1, 0, 0);
  bool out = false;
  Seats::Seat* seat = seats.take([&] { out = true; });
  ASSERT_TRUE(seats.work(*seat));
  ASSERT_TRUE(answer(seats, *seat));
  auto newcomer = std::async([&] { return seats.take([] {}); });
  EXPECT_EQ(newcomer.wait_for(20ms), std::future_status::timeout);
  EXPECT_FALSE(out);
  seats.leave(seat);
  EXPECT_NE(newcomer.get(), nullptr);
}

TEST(SeatsTest, give_a_watch_a_place_of_its_own_up_to_the_bound) {
  Seats seats(1, 1, 1);
  Seats::Seat* first = seats.take([] {});
  ASSERT_TRUE(seats.work(*first));
  ASSERT_TRUE(answer(seats, *first));
  EXPECT_EQ(seats.watch(*first, "ann", std::make_shared<Silent>()), Seats::Watching::yes);
  Seats::Seat* second = seats.take([] {});  // would wait if the watch had kept its place
  ASSERT_TRUE(seats.work(*second));
  ASSERT_TRUE(answer(seats, *second));
  EXPECT_EQ(seats.watch(*second, "bob", std::make_shared<Silent>()), Seats::Watching::too_many);
  seats.rest(*first);
  EXPECT_EQ(seats.watching(), 0u);
  EXPECT_EQ(seats.watch(*second, "bob", std::make_shared<Silent>()), Seats::Watching::yes);
}

TEST(SeatsTest, give_a_caller_a_part_of_the_watches) {
  Seats seats(1, 10, 2);
  const auto watch = [&](const std::string& caller) {
    Seats::Seat* seat = seats.take([] {});
    seats.work(*seat);
    answer(seats, *seat);
    const auto watching = seats.watch(*seat, caller, std::make_shared<Silent>());
    if (watching != Seats::Watching::yes) seats.leave(seat);
    return std::pair(watching, seat);
  };
  const auto [first, seat] = watch("ann");
  EXPECT_EQ(first, Seats::Watching::yes);
  EXPECT_EQ(watch("ann").first, Seats::Watching::yes);
  EXPECT_EQ(watch("ann").first, Seats::Watching::too_many_of_caller);
  EXPECT_EQ(watch("bob").first, Seats::Watching::yes);
  seats.rest(*seat);
  seats.leave(seat);
  EXPECT_EQ(watch("ann").first, Seats::Watching::yes);
}

TEST(SeatsTest, stop_ends_watches_and_the_idle_and_lets_requests_go_on) {
  Seats seats(3, 1, 1);
  bool idle_out = false, working_out = false;
  seats.take([&] { idle_out = true; });
  Seats::Seat* working = seats.take([&] { working_out = true; });
  Seats::Seat* watching = seats.take([] {});
  const auto stream = std::make_shared<Silent>();
  seats.work(*working);
  seats.work(*watching);
  answer(seats, *watching);
  seats.watch(*watching, "ann", stream);
  seats.stop();
  EXPECT_TRUE(idle_out);
  EXPECT_FALSE(working_out);
  EXPECT_TRUE(stream->stopped);
  EXPECT_FALSE(seats.rest(*working));
  EXPECT_EQ(seats.take([] {}), nullptr);
}

}  // namespace
}  // namespace doorward::http
