// Turns at large bodies: how many there are at once, and what becomes of whoever gets none.
#include "server/rest/large_bodies.hpp"

#include "tests/server/rest/house.hpp"

#include <future>

namespace doorward::rest {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

TEST(LargeBodies, are_so_many_at_once_and_no_more) {
  LargeBodies bodies(2);
  auto a = bodies.take("a", Clock::now());
  const auto b = bodies.take("b", Clock::now());
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(bodies.take("c", Clock::now() + 1ms));
  a.reset();
  EXPECT_TRUE(bodies.take("c", Clock::now()));
}

TEST(LargeBodies, are_one_of_a_caller_at_a_time) {
  LargeBodies bodies(2);
  auto first = bodies.take("a", Clock::now());
  EXPECT_FALSE(bodies.take("a", Clock::now() + 1ms));
  EXPECT_TRUE(bodies.take("b", Clock::now()));
  first.reset();
  EXPECT_TRUE(bodies.take("a", Clock::now()));
}

TEST(LargeBodies, wait_for_the_one_before) {
  LargeBodies bodies(1);
  auto first = bodies.take("a", Clock::now());
  auto second = std::async(std::launch::async, [&] { return bodies.take("a", Clock::time_point::max()); });
  EXPECT_EQ(second.wait_for(10ms), std::future_status::timeout);
  first.reset();
  EXPECT_TRUE(second.get());
}

using LargeBodiesOfRequests = House;

TEST_F(LargeBodiesOfRequests, are_answered_429_where_there_is_no_turn_in_time) {
  seed();
  json large = federated("shop.a");
  const std::size_t rest = LargeBodies::large - large.dump().size();
  large["metadata"]["annotations"]["a"] = std::string(rest, 'x');  // with its names just too large
  Request request = this->request("POST", users_path, large.dump());
  request.patience = Clock::now() - 1s;
  EXPECT_EQ(ask(request).status, 201) << "a turn that is free needs no patience";

  // Somebody else's body is being worked on until this one is told of.
  std::promise<void> begun, may_end;
  std::atomic<bool> is_first = true;
  api_ = Api::make({.store = *store_,
                    .authorizer = authorizer_,
                    .settings = options_.settings,
                    .turns = turns_,
                    .admit = [&](const Call&, const ObjectKey&, const json&, const json&) -> Reply<> {
                      if (is_first.exchange(false)) {
                        begun.set_value();
                        may_end.get_future().wait();
                      }
                      return {};
                    }})
             .value();
  Request first = this->request("PUT", users_path + "/shop.a", large.dump());
  auto held = std::async(std::launch::async, [&] { return api_->handle(first); });
  begun.get_future().wait();
  request.path = users_path + "/shop.a";
  request.method = "PUT";
  const Answer refused = ask(request);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.reason(), "TooManyRequests");
  EXPECT_THAT(refused.response.headers, Contains(Pair("Retry-After", "1")));
  EXPECT_THAT(refused.message(), HasSubstr("send yours one by one"));
  EXPECT_EQ(put(users_path + "/shop.a", federated("shop.a")).status, 200) << "a small one needs no turn";
  may_end.set_value();
  EXPECT_LE(held.get().status, 409) << "it was overtaken, or not";
}

}  // namespace
}  // namespace doorward::rest
