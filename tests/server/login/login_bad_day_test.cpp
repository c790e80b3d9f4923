// What a login does where the house cannot serve it: the outcome says "later", never "wrong password"; and
// what happens to a login whose client goes while something runs for it.
#include "tests/server/login/house.hpp"

#include <algorithm>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::StartsWith;

TEST(BadDay, a_service_that_is_not_ready_says_later) {
  LoginHouse house;
  EXPECT_EQ(house.plain("asleep", "ann", "pencil"), "refused sys_temp");
  EXPECT_EQ(house.facts.back().reason, LoginReason::service_not_ready);
  Login unknown = house.begin("asleep", "NONSENSE");
  EXPECT_EQ(in_words(house.answer(unknown, "")), "refused sys_temp");
  EXPECT_EQ(house.users.peeks, 0);
}

TEST(BadDay, a_store_that_would_wait_is_asked_on_the_pool) {
  LoginHouse house;
  house.users.would_wait = true;
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"),
              ElementsAre(StartsWith("challenge r="), "challenge \"v=", "accepted \"ann\""));
  EXPECT_EQ(house.users.finds, 2);
}

TEST(BadDay, a_store_that_is_gone_says_later_for_somebody_and_nobody) {
  LoginHouse house;
  house.users.would_wait = true;
  house.users.fails_with = ErrorCode::unavailable;
  for (const std::string_view realm : {"shop", "elsewhere"}) {
    for (const std::string_view username : {"ann", "nobody"}) {
      EXPECT_EQ(house.plain(realm, username, "pencil"), "refused sys_temp");
      EXPECT_EQ(house.facts.back().reason, LoginReason::store_unavailable);
      EXPECT_THAT(house.scram(realm, ScramHash::sha1, username, "pencil"), ElementsAre("refused sys_temp"));
    }
  }
}

TEST(BadDay, a_store_that_is_broken_is_an_error_of_the_house) {
  LoginHouse house;
  house.users.would_wait = true;
  house.users.fails_with = ErrorCode::internal;
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "refused sys");
  EXPECT_EQ(house.facts.back().reason, LoginReason::internal);
}

TEST(BadDay, a_full_pool_says_later) {
  LoginHouse house;
  const FullPool full(*house.pool);
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "refused sys_temp");
  EXPECT_EQ(house.facts.back().reason, LoginReason::overloaded);
  house.users.would_wait = true;
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"), ElementsAre("refused sys_temp"));
  EXPECT_EQ(house.facts.back().reason, LoginReason::overloaded);
}

TEST(BadDay, a_full_pool_does_not_touch_a_login_that_needs_none) {
  LoginHouse house;
  const FullPool full(*house.pool);
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"),
              ElementsAre(StartsWith("challenge r="), "challenge \"v=", "accepted \"ann\""));
}

// Starts a login and leaves it where it waits.
struct Waiting {
  Waiting(LoginHouse& house, std::string_view realm, std::string_view username = "ann",
          asio::cancellation_slot slot = {})
      : message(plain_message(username, "pencil")), login(house.begin(realm, "PLAIN")) {
    asio::co_spawn(*house.loop, login.answer(message),
                   asio::bind_cancellation_slot(slot, [this](std::exception_ptr failed, Login::Answer given) {
                     error = failed;
                     if (!failed) answer = in_words(given);
                   }));
    house.loop->restart();
    house.loop->poll();
  }
  const std::string message;
  Login login;
  std::exception_ptr error;
  std::string answer;
};

TEST(BadDay, realms_that_are_made_up_cannot_fill_the_pool) {
  LoginHouse house(1, 1'000);
  BusyWorkers busy(*house.pool);
  std::vector<std::unique_ptr<Waiting>> made_up;
  for (std::size_t i = 0; i < WorkerPool::unknown_realms_queue_bound; ++i) {
    made_up.push_back(std::make_unique<Waiting>(house, "made-up-" + std::to_string(i)));
    EXPECT_EQ(made_up.back()->answer, "") << "it waits for its turn";
  }
  EXPECT_EQ(Waiting(house, "one-more").answer, "refused sys_temp");
  Waiting known(house, "shop");
  EXPECT_EQ(known.answer, "");
  busy.let_go();
  house.loop->restart();
  house.loop->run();
  EXPECT_EQ(known.answer, "accepted \"ann\"");
  for (const auto& login : made_up) EXPECT_EQ(login->answer, "refused auth");
}

TEST(BadDay, a_read_of_the_store_waits_for_no_password) {
  LoginHouse house;
  house.users.would_wait = true;
  const BusyWorkers busy(*house.pool, {WorkerPool::Share::passwords});
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"),
              ElementsAre(StartsWith("challenge r="), "challenge \"v=", "accepted \"ann\""));
}

TEST(BadDay, a_storm_in_one_realm_delays_another_by_one_turn) {
  LoginHouse house(1, 1'000);
  house.set_realms({service_of("shop", ServiceType::standard), service_of("quiet", ServiceType::standard)});
  house.users.put(user_of("quiet", "ann"));
  BusyWorkers busy(*house.pool);
  std::vector<std::unique_ptr<Waiting>> storm;
  for (int i = 0; i < 20; ++i) storm.push_back(std::make_unique<Waiting>(house, "shop", "nobody"));
  Waiting quiet(house, "quiet", "ann");
  busy.let_go();
  house.loop->restart();
  while (quiet.answer.empty()) house.loop->run_one();
  const auto served = std::ranges::count_if(storm, [](const auto& login) { return !login->answer.empty(); });
  EXPECT_EQ(quiet.answer, "accepted \"ann\"");
  // Results come to the loop in the order of the jobs: one of the storm's was before, and no other.
  EXPECT_EQ(served, 1);
  house.loop->run();
}

// A login in which find() runs on the pool and has not come back.
class InterruptedLogin : public testing::Test {
 protected:
  InterruptedLogin() {
    house_.users.would_wait = true;
    house_.users.found = &found_;
    house_.users.may_answer = &may_answer_;
  }
  ~InterruptedLogin() override {
    if (!may_answer_.try_wait()) may_answer_.count_down();
  }
  std::latch found_{1};
  std::latch may_answer_{1};
  LoginHouse house_;
};

TEST_F(InterruptedLogin, that_is_cancelled_throws_and_its_result_finds_nobody) {
  asio::cancellation_signal cancel;
  {
    Waiting waiting(house_, "shop", "ann", cancel.slot());
    found_.wait();
    cancel.emit(asio::cancellation_type::terminal);
    house_.loop->restart();
    house_.loop->run();
    ASSERT_TRUE(waiting.error);
    EXPECT_THROW(std::rethrow_exception(waiting.error), boost::system::system_error);
  }
  ASSERT_EQ(house_.facts.size(), 1u);
  EXPECT_EQ(house_.facts[0].reason, LoginReason::peer_gone);
  EXPECT_EQ(house_.facts[0].outcome, std::nullopt);
  may_answer_.count_down();
  house_.pool.reset();
  house_.loop->restart();
  house_.loop->run();
  EXPECT_EQ(house_.facts.size(), 1u);
}

// The session's own coroutine holds the login, and goes with the loop.
Task<void> session(LoginHouse& house) {
  Login login = house.begin("shop", "PLAIN");
  const std::string message = plain_message("ann", "pencil");
  co_await login.answer(message);
  ADD_FAILURE() << "resumed after the loop had stopped";
}

TEST_F(InterruptedLogin, whose_loop_goes_is_told_as_gone) {
  asio::co_spawn(*house_.loop, session(house_), [](std::exception_ptr) {});
  house_.loop->poll();
  found_.wait();
  house_.loop->stop();
  may_answer_.count_down();
  house_.pool.reset();
  house_.loop.reset();
  ASSERT_EQ(house_.facts.size(), 1u);
  EXPECT_EQ(house_.facts[0].reason, LoginReason::peer_gone);
}

TEST(BusyDay, many_loops_share_one_house) {
  LoginHouse house(2, 10'000);
  std::mutex mutex;
  std::vector<LoginFact> facts;
  Logins logins({.realms = [&house] { return house.table; },
                 .credentials = house.users,
                 .pool = *house.pool,
                 .decoy_key = Secret(std::string_view("key")),
                 .report =
                     [&](const LoginFact& fact) {
                       const std::lock_guard lock(mutex);
                       facts.push_back(fact);
                     },
                 .remembered = {},
                 .guesses = unguarded});
  constexpr int logins_each = 24;
  const auto one = [&](int i) -> Task<void> {
    const std::string message = plain_message(i % 3 == 0 ? "nobody" : "ann", i % 3 == 1 ? "wrong" : "pencil");
    Login login = logins.begin(
        {.hostname = "shop", .default_realm = {}, .mechanism = "PLAIN", .peer = {}, .plain_allowed = true});
    co_await login.answer(message);
    login.finish("router");
  };
  std::vector<std::unique_ptr<asio::io_context>> loops;
  {
    std::vector<std::jthread> threads;
    for (int l = 0; l < 3; ++l) {
      asio::io_context& loop = *loops.emplace_back(std::make_unique<asio::io_context>());
      for (int i = 0; i < logins_each; ++i) asio::co_spawn(loop, one(i), [](std::exception_ptr) {});
      threads.emplace_back([&loop] { loop.run(); });
    }
  }
  std::map<std::pair<LoginReason, std::string>, int> count;
  for (const LoginFact& fact : facts) ++count[{fact.reason, fact.username}];
  EXPECT_THAT(count, testing::UnorderedElementsAre(
                         testing::Pair(std::pair(LoginReason::unknown_user, "nobody"), logins_each),
                         testing::Pair(std::pair(LoginReason::wrong_password, "ann"), logins_each),
                         testing::Pair(std::pair(LoginReason::accepted, "ann"), logins_each)));
  house.pool.reset();
}

}  // namespace
}  // namespace doorward
