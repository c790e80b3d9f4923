// Logins with the token of a service account: who is let in, for which reason everybody else is not, and what
// becomes of a review that nobody waits for any more.
#include "mechanisms/bearer_message.hpp"
#include "store/model/service_account.hpp"
#include "tests/server/login/house.hpp"

#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

namespace asio = boost::asio;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const std::string robot = "system:serviceaccount:team1:robot";

Review review_of(std::string username) {
  return std::make_shared<const ReviewedUser>(
      ReviewedUser{.username = std::move(username), .uid = "1", .groups = {}});
}

Review refused(SaslCode code, LoginReason reason) { return std::unexpected(Failure{code, reason}); }

// Says what a test has told it, from another thread, or keeps who asks waiting.
class ReviewsInMemory : public TokenReviews {
 public:
  std::optional<Review> known(const Secret& token) override {
    const auto found = remembered.find(token.reveal());
    return found == remembered.end() ? std::nullopt : std::optional(found->second);
  }
  void review(const Secret& token, const ReviewLine& line, Done done) override {
    asked.emplace_back(token.reveal());
    lines.push_back(line);
    if (hold) return held.push_back(std::move(done));
    std::jthread([this, &token, done = std::move(done)]() mutable {
      const auto found = answers.find(token.reveal());
      done(found == answers.end() ? refused(SaslCode::auth, LoginReason::token_rejected) : found->second);
    });
  }

  std::map<std::string, Review, std::less<>> remembered, answers;
  std::vector<std::string> asked;
  std::vector<ReviewLine> lines;
  bool hold = false;
  std::vector<Done> held;
};

class TokenHouse : public LoginHouse {
 public:
  TokenHouse() {
    set_realms({service_of("shop", ServiceType::standard), service_of("bakery", ServiceType::standard),
                service_of("open", ServiceType::none)});
    UserRecord user = user_of("shop", robot, "", {});
    user.type = UserType::serviceaccount;
    users.put(user);
    reviews.answers.emplace("good", review_of(robot));
    make_token_logins(&reviews);
  }
  void make_token_logins(TokenReviews* by) {
    logins =
        std::make_unique<Logins>(Logins::Parts{.realms = [this] { return table; },
                                               .credentials = users,
                                               .pool = *pool,
                                               .decoy_key = Secret("a key that the store keeps"),
                                               .report = [this](const LoginFact& f) { facts.push_back(f); },
                                               .remembered = {},
                                               .reviews = by});
  }

  // One login to its end, which answers each challenge with the separator %x01: `accepted "user"`, or
  // `refused auth REASON`.
  std::string log_in(std::string_view realm, std::string_view mechanism, const std::string& message) {
    Login login = begin(realm, mechanism);
    Login::Answer said = answer(login, message);
    if (std::holds_alternative<Challenge>(said)) said = answer(login, "\1");
    login.finish("router");
    const std::string words = in_words(said);
    if (std::holds_alternative<Accepted>(said)) return words;
    return words + ' ' + std::string(to_string(facts.back().reason));
  }
  std::string plain_with_token(std::string_view token, std::string_view name = any_service_account,
                               std::string_view realm = "shop") {
    return log_in(realm, "PLAIN", plain_message(name, token));
  }

  ReviewsInMemory reviews;
};

std::string oauthbearer(std::string_view token, std::string_view name = "") {
  return (name.empty() ? std::string("n,,") : "n,a=" + std::string(name) + ',') + "\1auth=Bearer " +
         std::string(token) + "\1\1";
}

std::string xoauth2(std::string_view token, std::string_view name = "") {
  return "user=" + std::string(name) + "\1auth=Bearer " + std::string(token) + "\1\1";
}

TEST(TokenLogin, lets_a_service_account_in_by_each_way_that_carries_a_token) {
  TokenHouse house;
  const std::string in = "accepted \"" + robot + '"';
  EXPECT_EQ(house.plain_with_token("good"), in);
  EXPECT_EQ(house.plain_with_token("good", robot), in);
  EXPECT_EQ(house.log_in("shop", "OAUTHBEARER", oauthbearer("good")), in);
  EXPECT_EQ(house.log_in("shop", "OAUTHBEARER", oauthbearer("good", robot)), in);
  EXPECT_EQ(house.log_in("shop", "XOAUTH2", xoauth2("good")), in);
  EXPECT_EQ(house.log_in("shop", "XOAUTH2", xoauth2("good", any_service_account)), in);
  EXPECT_EQ(house.facts.back().username, robot);
}

TEST(TokenLogin, gives_the_rules_of_the_user_and_no_more) {
  TokenHouse house;
  Login login = house.begin("shop", "PLAIN");
  const Login::Answer answer = house.answer(login, plain_message(any_service_account, "good"));
  const Accepted& accepted = std::get<Accepted>(answer);
  EXPECT_TRUE(accepted.authorization->limited);
  EXPECT_EQ(accepted.authorization->addresses.size(), 1u);
  EXPECT_EQ(accepted.identity.record_version, 7u);
}

TEST(TokenLogin, refuses_everybody_else_and_tells_why_to_the_log) {
  TokenHouse house;
  house.reviews.answers.emplace("node", review_of("system:node:worker1"));
  house.reviews.answers.emplace("stranger", review_of("system:serviceaccount:team1:stranger"));
  house.reviews.answers.emplace("slow", refused(SaslCode::sys_temp, LoginReason::review_timed_out));
  house.users.put(user_of("shop", "system:serviceaccount:team1:human"));
  house.reviews.answers.emplace("human", review_of("system:serviceaccount:team1:human"));
  const std::string too_long(max_token_bytes + 1, 't');
  struct {
    const char* behaviour;
    std::string realm, name, token, ended;
  } const cases[] = {
      {"a bad token", "shop", "", "bad", "refused auth token_rejected"},
      {"a bad token under a name", "shop", robot, "bad", "refused auth token_rejected"},
      {"a token of another account", "shop", robot, "stranger", "refused auth token_of_other_user"},
      {"somebody who is no user", "shop", "", "stranger", "refused auth unknown_user"},
      {"a user of another realm", "bakery", "", "good", "refused auth unknown_user"},
      {"a user of another realm, by name", "bakery", robot, "good", "refused auth unknown_user"},
      {"no realm", "elsewhere", "", "good", "refused auth unknown_realm"},
      {"who is no service account", "shop", "", "node", "refused auth not_a_service_account"},
      {"a user who has a password", "shop", "", "human", "refused auth mechanism_not_available"},
      {"whom nobody could review", "shop", "", "slow", "refused sys_temp review_timed_out"},
      {"bytes that are no token", "shop", "", "\xff\xfe", "refused auth token_malformed"},
      {"bytes that are no token, by name", "shop", robot, "a b", "refused auth token_malformed"},
      {"a token that is too long", "shop", "", too_long, "refused auth token_too_long"},
  };
  for (const auto& c : cases) {
    const std::string name = c.name.empty() ? std::string(any_service_account) : c.name;
    EXPECT_EQ(house.plain_with_token(c.token, name, c.realm), c.ended) << c.behaviour;
    EXPECT_EQ(house.log_in(c.realm, "OAUTHBEARER", oauthbearer(c.token, c.name)), c.ended) << c.behaviour;
    EXPECT_EQ(house.log_in(c.realm, "XOAUTH2", xoauth2(c.token, c.name)), c.ended) << c.behaviour;
  }
}

TEST(TokenLogin, has_nobody_review_what_can_be_no_token) {
  TokenHouse house;
  house.plain_with_token("\xff");
  house.plain_with_token(std::string(max_token_bytes + 1, 't'));
  EXPECT_THAT(house.reviews.asked, IsEmpty());
  house.plain_with_token(std::string(max_token_bytes, 't'));
  EXPECT_EQ(house.reviews.asked.size(), 1u);
}

TEST(TokenLogin, asks_nobody_about_what_is_remembered) {
  TokenHouse house;
  house.reviews.remembered.emplace("good", review_of(robot));
  house.reviews.remembered.emplace("bad", refused(SaslCode::auth, LoginReason::token_expired));
  EXPECT_EQ(house.plain_with_token("good"), "accepted \"" + robot + '"');
  EXPECT_EQ(house.plain_with_token("bad"), "refused auth token_expired");
  EXPECT_THAT(house.reviews.asked, IsEmpty());
}

TEST(TokenLogin, never_sends_a_password_to_whoever_reviews) {
  TokenHouse house;
  const std::string human = "system:serviceaccount:team1:human";
  house.users.put(user_of("shop", human));
  EXPECT_EQ(house.plain_with_token("pencil", human), "accepted \"" + human + '"');
  EXPECT_EQ(house.plain_with_token("crayon", human), "refused auth wrong_password");
  EXPECT_EQ(house.plain_with_token("pencil", "ann"), "accepted \"ann\"");
  EXPECT_EQ(house.plain_with_token("pencil", "nobody"), "refused auth unknown_user");
  EXPECT_EQ(house.plain_with_token("zoe", any_service_account, "open"), "accepted \"@@serviceaccount@@\"");
  EXPECT_THAT(house.reviews.asked, IsEmpty());
}

TEST(TokenLogin, is_reviewed_whether_or_not_there_is_a_user_of_that_name) {
  TokenHouse house;
  EXPECT_EQ(house.plain_with_token("bad", "system:serviceaccount:team1:nobody"),
            "refused auth token_rejected");
  EXPECT_THAT(house.reviews.asked, ElementsAre("bad"));
}

TEST(TokenLogin, waits_in_the_line_of_its_realm_and_strangers_in_one_for_all) {
  TokenHouse house;
  house.plain_with_token("good");
  house.log_in("bakery", "OAUTHBEARER", oauthbearer("good"));
  house.plain_with_token("good", any_service_account, "elsewhere");
  house.log_in("nowhere", "XOAUTH2", xoauth2("good"));
  EXPECT_THAT(house.reviews.lines,
              ElementsAre(ReviewLine::of_realm("shop"), ReviewLine::of_realm("bakery"),
                          ReviewLine::of_unknown_realms(), ReviewLine::of_unknown_realms()));
}

TEST(TokenLogin, does_without_where_nobody_reviews) {
  TokenHouse house;
  house.make_token_logins(nullptr);
  EXPECT_EQ(house.plain_with_token("good"), "refused auth review_not_configured");
  EXPECT_EQ(house.plain_with_token("good", robot), "refused auth not_a_password_user");
  EXPECT_EQ(house.log_in("shop", "OAUTHBEARER", oauthbearer("good")), "refused auth mechanism_not_available");
  EXPECT_THAT(house.logins->offer(std::nullopt, "shop", "", true), Not(Contains("OAUTHBEARER")));
  house.make_token_logins(&house.reviews);
  EXPECT_THAT(house.logins->offer(std::nullopt, "shop", "", true), Contains("OAUTHBEARER"));
  EXPECT_THAT(house.logins->offer(std::nullopt, "shop", "", false), Not(Contains("OAUTHBEARER")));
}

// ---- the client vanishes while the review is under way

class HeldReview : public testing::Test {
 protected:
  HeldReview() {
    house.reviews.hold = true;
    asio::co_spawn(*house.loop, login.answer(message),
                   asio::bind_cancellation_slot(signal.slot(),
                                                [this](const std::exception_ptr& error, const auto& said) {
                                                  ended = error ? "aborted" : in_words(said);
                                                }));
    house.loop->poll();
  }

  const std::string message = plain_message(any_service_account, "good");
  std::string ended = "waits";
  TokenHouse house;
  asio::cancellation_signal signal;
  Login login = house.begin("shop", "PLAIN");
};

TEST_F(HeldReview, ends_with_the_answer) {
  ASSERT_EQ(house.reviews.held.size(), 1u);
  EXPECT_EQ(ended, "waits");
  std::jthread([&] { house.reviews.held[0](review_of(robot)); }).join();
  house.loop->run();
  EXPECT_EQ(ended, "accepted \"" + robot + '"');
}

TEST_F(HeldReview, ends_at_once_where_the_login_is_cancelled_and_the_late_answer_goes_nowhere) {
  signal.emit(asio::cancellation_type::terminal);
  house.loop->run();
  EXPECT_EQ(ended, "aborted");
  std::jthread([&] { house.reviews.held[0](review_of(robot)); }).join();
  house.loop->restart();
  house.loop->run();
  EXPECT_EQ(ended, "aborted");
}

TEST_F(HeldReview, may_be_answered_and_cancelled_at_once) {
  std::jthread([&] { house.reviews.held[0](review_of(robot)); }).join();
  signal.emit(asio::cancellation_type::terminal);
  house.loop->run();
  EXPECT_NE(ended, "waits");
}

TEST_F(HeldReview, may_be_dropped_where_the_reviews_end_first) {
  house.reviews.held.clear();
  EXPECT_EQ(ended, "waits");
}

}  // namespace
}  // namespace doorward
