// An exchange stays within its bounds and ends once, whatever its mechanism does.
#include "server/login/exchange.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <string>

#include <gtest/gtest.h>

namespace doorward {
namespace {

// Asks without end.
class Insatiable : public Mechanism {
 public:
  Step step(std::string_view) override { return Challenge{"more"}; }
};

// Wants a verdict and does not care for it.
class Gullible : public Mechanism {
 public:
  Step step(std::string_view) override { return NeedVerification{"ann", Secret(std::string_view("guess"))}; }
  Step resume_verified(bool) override { return Success{"ann"}; }
};

AuthenticationExchange exchange_of(std::unique_ptr<Mechanism> mechanism) {
  return AuthenticationExchange(std::move(mechanism));
}

TEST(Exchange, takes_messages_up_to_its_bound_and_not_one_more) {
  auto exchange = exchange_of(std::make_unique<Insatiable>());
  for (std::size_t i = 0; i < AuthenticationExchange::max_messages; ++i) {
    ASSERT_EQ(in_words(exchange.message("a")), "challenge \"more\"") << i;
  }
  EXPECT_EQ(in_words(exchange.message("a")), "failure auth too_many_steps");
  EXPECT_TRUE(exchange.ended());
}

TEST(Exchange, takes_bytes_up_to_its_bound_and_not_one_more) {
  const std::string half(AuthenticationExchange::max_bytes / 2, 'a');
  auto exchange = exchange_of(std::make_unique<Insatiable>());
  EXPECT_EQ(in_words(exchange.message(half)), "challenge \"more\"");
  EXPECT_EQ(in_words(exchange.message(half)), "challenge \"more\"");
  EXPECT_EQ(in_words(exchange.message("a")), "failure auth malformed_message");
  EXPECT_TRUE(exchange.ended());
}

TEST(Exchange, stays_ended) {
  auto exchange = exchange_of(nullptr);
  EXPECT_TRUE(exchange.ended());
  EXPECT_EQ(in_words(exchange.message("")), "failure auth too_many_steps");
  EXPECT_EQ(in_words(exchange.verdict(true)), "failure sys internal");
  EXPECT_EQ(in_words(exchange.credential({})), "failure sys internal");
}

TEST(Exchange, does_not_let_in_against_the_verdict) {
  auto exchange = exchange_of(std::make_unique<Gullible>());
  EXPECT_EQ(in_words(exchange.message("")), "needs verification \"ann\"");
  EXPECT_EQ(in_words(exchange.verdict(false)), "failure sys internal");
  EXPECT_TRUE(exchange.ended());
}

TEST(Exchange, ends_with_the_mechanism) {
  auto exchange = exchange_of(std::make_unique<Gullible>());
  exchange.message("");
  EXPECT_EQ(in_words(exchange.verdict(true)), "success \"ann\"");
  EXPECT_TRUE(exchange.ended());
  EXPECT_EQ(in_words(exchange.verdict(true)), "failure sys internal");
}

TEST(Exchange, refuses_an_answer_that_the_mechanism_did_not_ask_for) {
  auto exchange = exchange_of(std::make_unique<Insatiable>());
  EXPECT_EQ(in_words(exchange.verdict(true)), "failure sys internal");
  EXPECT_TRUE(exchange.ended());
}

}  // namespace
}  // namespace doorward
