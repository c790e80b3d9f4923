// Reviews over real TLS: every answer that an API server can give, late ones and none, and how many are asked
// for how many logins.
#include "server/reviews/reviewer.hpp"

#include "tests/server/reviews/review_house.hpp"

#include <latch>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Reviews : public ReviewHouse {};

TEST_F(Reviews, name_the_user_of_a_good_token) {
  const FakeApiServer server(certificate(), [](const FakeApiServer::Request& request) {
    return reply(201, token_review(authenticated("of " + request.token())));
  });
  Reviewer reviewer(settings(server.url()));
  EXPECT_EQ(ask(reviewer, "one"), "of one");
  EXPECT_EQ(ask(reviewer, "two"), "of two");
}

TEST_F(Reviews, are_counted_by_what_came_of_them_and_timed) {
  const FakeApiServer server(certificate(), [](const FakeApiServer::Request& request) {
    return request.token() == "good" ? reply(201, token_review(authenticated("ann"))) : reply(500, "{}");
  });
  Reviewer reviewer(settings(server.url()));
  ask(reviewer, "good");
  ask(reviewer, "bad");
  EXPECT_TRUE(reviewer.known(Secret("good")));
  EXPECT_FALSE(reviewer.known(Secret("new")));
  metrics::Exposition page(metrics::Format::prometheus);
  reviewer.collect(page);
  const std::string text = std::move(page).finish();
  for (const char* line : {
           "doorward_token_reviews_total{result=\"accepted\"} 1",
           "doorward_token_reviews_total{result=\"review_server_error\"} 1",
           "doorward_token_review_duration_seconds_count 2",
           "doorward_token_memory_hits_total 1",
           "doorward_token_memory_misses_total 1",
           "doorward_token_reviews_under_way 0.0",
       }) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
  EXPECT_THAT(text, Not(HasSubstr("ann")));
}

TEST_F(Reviews, are_asked_for_as_kubernetes_wants_it) {
  FakeApiServer::Request seen;
  {
    const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
      seen = request;
      return reply(201, token_review(authenticated("ann", {"amqp"})));
    });
    ReviewSettings asking = settings(server.url() + "/k8s/");
    asking.audiences = {"amqp"};
    write("token", "our.own.token\n");
    asking.server.token_file = folder / "token";
    Reviewer reviewer(asking);
    EXPECT_EQ(ask(reviewer, "a.b.c"), "ann");
  }
  EXPECT_TRUE(seen.head.starts_with("POST /k8s/apis/authentication.k8s.io/v1/tokenreviews HTTP/1.1\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("\r\nAuthorization: Bearer our.own.token\r\n"));
  EXPECT_THAT(seen.head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_EQ(json::parse(seen.body), json::parse(R"({"apiVersion": "authentication.k8s.io/v1",
      "kind": "TokenReview", "spec": {"token": "a.b.c", "audiences": ["amqp"]}})"));
}

TEST_F(Reviews, let_nobody_in_with_any_other_answer) {
  const std::string whole = token_review(authenticated("ann"));
  const std::string half = "HTTP/1.1 201 Created\r\nContent-Length: " + std::to_string(whole.size()) +
                           "\r\n\r\n" + whole.substr(0, whole.size() / 2);
  const std::string half_without_length =
      "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + whole.substr(0, whole.size() / 2);
  const std::string elsewhere = "HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
  const std::string long_line = "HTTP/1.1 201 Created\r\n" + std::string(2u << 20, 'x') + ": y\r\n\r\n";
  std::string many_lines = "HTTP/1.1 201 Created\r\n";
  for (int i = 0; i < 10'000; ++i) many_lines += "X-Line: more\r\n";
  struct Case {
    const char* token;
    FakeApiServer::Reply reply;
    std::string ended;
  };
  const Case cases[] = {
      {"html", reply(200, "<html>sign in</html>", "text/html"), "sys_temp review_not_json"},
      {"no-user", reply(201, token_review({{"authenticated", true}})), "sys_temp review_without_user"},
      {"refused", reply(201, token_review({{"authenticated", false}})), "auth token_rejected"},
      {"401", reply(401, "{}"), "sys_temp review_unauthorized"},
      {"403", reply(403, "{}"), "sys_temp review_forbidden"},
      {"429", reply(429, "{}"), "sys_temp review_throttled"},
      {"500", reply(500, whole), "sys_temp review_server_error"},
      {"half", {.bytes = half, .close = true}, "sys_temp review_cut"},
      {"half-without-length", {.bytes = half_without_length, .close = true}, "sys_temp review_cut"},
      {"nothing", {.bytes = "", .close = true}, "sys_temp review_cut"},
      {"redirect", {.bytes = elsewhere}, "sys_temp review_redirected"},
      {"no-http", {.bytes = "hello\r\n\r\n", .close = true}, "sys_temp review_not_json"},
      {"long-header-line", {.bytes = long_line, .close = true}, "sys_temp review_too_long"},
      {"many-header-lines", {.bytes = many_lines, .close = true}, "sys_temp review_too_long"},
      {"longest", reply(201, whole + std::string(4'096 - whole.size(), ' ')), "ann"},
      {"too-long", reply(201, whole + std::string(4'097 - whole.size(), ' ')), "sys_temp review_too_long"},
  };
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
    for (const Case& c : cases) {
      if (request.token() == c.token) return c.reply;
    }
    return FakeApiServer::Reply{};
  });
  ReviewSettings asking = settings(server.url());
  asking.answer_bytes = 4'096;
  Reviewer reviewer(asking);
  for (const Case& c : cases) EXPECT_EQ(ask(reviewer, c.token), c.ended) << c.token;
}

TEST_F(Reviews, keep_their_connections) {
  const FakeApiServer server(certificate(), [](const FakeApiServer::Request&) {
    return reply(201, token_review(authenticated("ann")));
  });
  Reviewer reviewer(settings(server.url()));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(reviewer, std::to_string(i)), "ann");
  EXPECT_EQ(server.requests(), 5u);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(Reviews, are_one_for_each_token_however_many_ask) {
  std::latch may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request&) {
    may_answer.wait();
    return reply(201, token_review(authenticated("ann")));
  });
  Reviewer reviewer(settings(server.url()));
  std::vector<Asked> asked(100);
  for (Asked& each : asked) each.begin(reviewer, "token");
  may_answer.count_down();
  for (Asked& each : asked) EXPECT_EQ(each.ended(), "ann");
  EXPECT_EQ(ask(reviewer, "token"), "ann");
  EXPECT_EQ(server.requests(), 1u);
}

TEST_F(Reviews, are_remembered_but_not_past_the_end_of_the_token) {
  const FakeApiServer server(certificate(), [](const FakeApiServer::Request&) {
    return reply(201, token_review(authenticated("ann")));
  });
  Reviewer reviewer(settings(server.url()));
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const Secret lasting(jwt({{"exp", (now + 1h).time_since_epoch().count()}}));
  const Secret over(jwt({{"exp", now.time_since_epoch().count()}}));
  EXPECT_FALSE(reviewer.known(lasting));
  EXPECT_EQ(ask(reviewer, lasting.reveal()), "ann");
  EXPECT_TRUE(reviewer.known(lasting));
  EXPECT_EQ(ask(reviewer, over.reveal()), "ann") << "the API server decides, not our clock";
  EXPECT_FALSE(reviewer.known(over));
}

TEST_F(Reviews, that_fail_are_remembered_too) {
  const FakeApiServer server(certificate(), [](const FakeApiServer::Request& request) {
    return request.token() == "bad" ? reply(201, token_review({{"authenticated", false}})) : reply(500, "");
  });
  ReviewSettings asking = settings(server.url());
  asking.memory.unknown_for = 1h;
  Reviewer reviewer(asking);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(reviewer, "bad"), "auth token_rejected");
    EXPECT_EQ(ask(reviewer, "broken"), "sys_temp review_server_error");
  }
  EXPECT_EQ(server.requests(), 2u);
}

// ---- a server that is slow, full or gone

TEST_F(Reviews, end_at_their_time_limit_while_others_go_on) {
  std::latch may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
    if (request.token() == "slow") may_answer.wait();
    return reply(201, token_review(authenticated("ann")));
  });
  ReviewSettings asking = settings(server.url());
  asking.timeout = 300ms;
  {
    Reviewer reviewer(asking);
    Asked slow;
    slow.begin(reviewer, "slow");
    EXPECT_EQ(ask(reviewer, "quick"), "ann");
    EXPECT_EQ(slow.ended(), "sys_temp review_timed_out");
    EXPECT_EQ(ask(reviewer, "quick again"), "ann");
  }
  may_answer.count_down();
}

TEST_F(Reviews, have_a_bound_on_those_under_way_and_on_those_that_wait) {
  std::latch first(1), second(1), may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
    if (request.token() == "one") first.count_down();
    if (request.token() == "two") second.count_down();
    may_answer.wait();
    return reply(201, token_review(authenticated("ann")));
  });
  ReviewSettings asking = settings(server.url());
  asking.turns.under_way = 2;
  asking.turns.waiting = 1;
  Reviewer reviewer(asking);
  std::vector<Asked> asked(3);
  asked[0].begin(reviewer, "one");
  first.wait();
  asked[1].begin(reviewer, "two", ReviewLine::of_callers("::1"));
  second.wait();
  asked[2].begin(reviewer, "later");
  EXPECT_EQ(ask(reviewer, "too many"), "sys_temp reviews_overloaded");
  EXPECT_EQ(server.requests(), 2u);
  may_answer.count_down();
  for (Asked& each : asked) EXPECT_EQ(each.ended(), "ann");
  EXPECT_EQ(ask(reviewer, "too many"), "ann") << "that there was no room is not remembered";
}

// A storm in one realm, a login in another one, strangers and a caller of the REST API, who all come before
// the first review of the storm is over.
TEST_F(Reviews, are_shared_by_realm) {
  std::latch arrived(1), may_answer(1);
  std::mutex mutex;
  std::vector<std::string> order;
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
    {
      const std::lock_guard lock(mutex);
      order.push_back(request.token());
    }
    if (request.token() == "storm 0") {
      arrived.count_down();
      may_answer.wait();
    }
    return reply(201, token_review(authenticated("ann")));
  });
  ReviewSettings asking = settings(server.url());
  asking.turns.under_way = 1;
  Reviewer reviewer(asking);
  std::vector<Asked> asked(24);
  for (std::size_t i = 0; i < 20; ++i) {
    asked[i].begin(reviewer, "storm " + std::to_string(i), ReviewLine::of_realm("storm"));
    if (i == 0) arrived.wait();
  }
  asked[20].begin(reviewer, "quiet", ReviewLine::of_realm("shop"));
  asked[21].begin(reviewer, "stranger 1", ReviewLine::of_unknown_realms());
  asked[22].begin(reviewer, "stranger 2", ReviewLine::of_unknown_realms());
  asked[23].begin(reviewer, "caller", ReviewLine::of_callers("::1"));
  may_answer.count_down();
  for (Asked& each : asked) EXPECT_EQ(each.ended(), "ann");
  const std::lock_guard lock(mutex);
  ASSERT_EQ(order.size(), 24u);
  EXPECT_THAT(
      std::vector(order.begin(), order.begin() + 8),
      ElementsAre("storm 0", "storm 1", "quiet", "stranger 1", "caller", "storm 2", "stranger 2", "storm 3"));
}

// The API server answers nobody of the realm that storms until the quiet one has its answer.
TEST_F(Reviews, begin_at_once_beside_those_of_another_realm_that_last) {
  std::latch arrived(1), may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
    if (request.token() == "storm 0") arrived.count_down();
    if (request.token() != "quiet") may_answer.wait();
    return reply(201, token_review(authenticated("ann")));
  });
  ReviewSettings asking = settings(server.url());
  asking.turns.under_way = 2;
  Reviewer reviewer(asking);
  std::vector<Asked> storm(2);
  for (std::size_t i = 0; i < storm.size(); ++i)
    storm[i].begin(reviewer, "storm " + std::to_string(i), ReviewLine::of_realm("storm"));
  arrived.wait();
  Asked quiet;
  quiet.begin(reviewer, "quiet", ReviewLine::of_realm("shop"));
  EXPECT_EQ(quiet.ended(), "ann");
  EXPECT_EQ(server.requests(), 2u) << "the second of the storm has not begun";
  may_answer.count_down();
  for (Asked& each : storm) EXPECT_EQ(each.ended(), "ann");
}

TEST_F(Reviews, that_wait_for_their_turn_end_at_their_time_limit_too) {
  std::latch arrived(1), may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request&) {
    arrived.count_down();
    may_answer.wait();
    return FakeApiServer::Reply{.bytes = "", .close = true};
  });
  ReviewSettings asking = settings(server.url());
  asking.turns.under_way = 1;
  asking.timeout = 300ms;
  {
    Reviewer reviewer(asking);
    std::vector<Asked> asked(2);
    asked[0].begin(reviewer, "one");
    arrived.wait();
    asked[1].begin(reviewer, "two");
    for (Asked& each : asked) EXPECT_EQ(each.ended(), "sys_temp review_timed_out");
  }
  may_answer.count_down();
}

// Whoever floods realms that are not served must not have the operator called to the API server.
TEST_F(Reviews, that_strangers_ask_for_in_vain_are_not_counted) {
  std::latch may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request& request) {
    if (request.token() == "under way") may_answer.wait();
    return reply(201, token_review(authenticated("ann")));
  });
  const auto page_of = [](const Reviewer& reviewer) {
    metrics::Exposition page(metrics::Format::prometheus);
    reviewer.collect(page);
    return std::move(page).finish();
  };
  ReviewSettings asking = settings(server.url());
  asking.turns.unknown_realms = 1;
  const ReviewLine strangers = ReviewLine::of_unknown_realms();
  Asked asked[3], refused, late;
  {
    Reviewer reviewer(asking);
    asked[0].begin(reviewer, "under way", strangers);
    asked[1].begin(reviewer, "waits", strangers);
    refused.begin(reviewer, "refused", strangers);
    EXPECT_EQ(refused.ended(), "sys_temp reviews_overloaded");
    EXPECT_THAT(page_of(reviewer), Not(HasSubstr("reviews_overloaded")));
  }
  asking.timeout = 300ms;
  {
    Reviewer reviewer(asking);
    asked[2].begin(reviewer, "under way", strangers);
    late.begin(reviewer, "waits", strangers);
    EXPECT_THAT(asked[2].ended(), testing::StartsWith("sys_temp "));
    // Its turn may just have come before its time was over.
    EXPECT_THAT(late.ended(), AnyOf("sys_temp reviews_overloaded", "sys_temp review_timed_out", "ann"));
    EXPECT_THAT(page_of(reviewer), Not(HasSubstr("reviews_overloaded")));
  }
  may_answer.count_down();
}

TEST_F(Reviews, of_a_server_that_is_gone_fail) {
  std::string url;
  {
    const FakeApiServer server(certificate(), [](const FakeApiServer::Request&) { return reply(500, ""); });
    url = server.url();
  }
  Reviewer reviewer(settings(url));
  EXPECT_EQ(ask(reviewer, "token"), "sys_temp review_unreachable");
}

TEST_F(Reviews, that_are_under_way_are_dropped_at_the_end) {
  std::latch arrived(1), may_answer(1);
  const FakeApiServer server(certificate(), [&](const FakeApiServer::Request&) {
    arrived.count_down();
    may_answer.wait();
    return FakeApiServer::Reply{};
  });
  const auto held = std::make_shared<int>(0);
  bool called = false;
  {
    Reviewer reviewer(settings(server.url()));
    reviewer.review(Secret("token"), ReviewLine::of_realm("shop"),
                    [held, &called](const Review&) { called = true; });
    arrived.wait();
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(called);
  may_answer.count_down();
}

}  // namespace
}  // namespace doorward
