// Passwords that a bridge judges are counted like our own, whether it is asked about them or carries the
// exchange to where they are.
#include "tests/server/login/bridged_house.hpp"
#include "tests/server/login/under_way.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using plugins::Scripted;
using std::chrono::hours;

// A bridge that finds all passwords wrong, or right, and a bucket of two that never pays while the test runs.
class House : public BridgedHouse {
 public:
  explicit House(std::vector<const char*> carried)
      : BridgedHouse(
            [this](const Scripted::Asked& asked) {
              if (asked.ticket == 0) return;
              const bool first = asked.what == "start" && asked.text.starts_with("SCRAM-");
              const std::uint32_t judged = right ? DOORWARD_ACCEPTED : DOORWARD_REFUSED;
              Scripted::answer(asked.ticket, first ? DOORWARD_CONTINUE : judged, "zoe");
            },
            std::chrono::minutes(10), 8, std::move(carried),
            {.bucket = 2, .refill = hours(1), .owed = 1, .turn = hours(1), .memory = hours(24)}) {}

  GuessGuard::Counts counts() { return logins->guesses().counts(GuessGuard::Clock::now()); }
  void run_until(auto done) {
    loop->restart();
    while (!done()) ASSERT_GT(loop->run_one(), 0u) << "nothing is left that could happen";
  }
  // A login whose first message, if it has two, was answered.
  Login at_proof(std::string_view mechanism, std::string_view username) {
    Login login = begin("away", mechanism);
    if (mechanism != "PLAIN") (void)answer(login, "n,,n=" + std::string(username) + ",r=abc");
    return login;
  }
  std::string guess(std::string_view mechanism, std::string_view username, const std::string& message) {
    Login login = at_proof(mechanism, username);
    return in_words(answer(login, message));
  }

  // A wrong answer that is held, and one more login that has to wait for its turn until the end of the test.
  void expect_full(std::string_view mechanism, const std::string& message) {
    const auto before = counts();
    Login third = at_proof(mechanism, "ann");
    Login fourth = at_proof(mechanism, "ann");
    UnderWay held(*this, std::move(third), message);
    run_until([&] { return counts().delayed > before.delayed; });
    UnderWay waiting(*this, std::move(fourth), message + "x");
    run_until([&] { return counts().waiting > 0; });
    EXPECT_EQ(held.answer + waiting.answer, "") << mechanism;
    held.cancel();
    waiting.cancel();
    run_until([&] { return !held.answer.empty() && !waiting.answer.empty(); });
  }

  std::atomic<bool> right = false;
};

const std::vector<const char*> nothing{nullptr};
const std::vector<const char*> plain_and_scram{"PLAIN", "SCRAM-SHA-256", nullptr};
const std::string proof = "c=biws,r=abcdef,p=AAAA";

TEST(BridgedGuesses, are_counted_where_the_bridge_is_asked_and_where_it_carries) {
  for (const auto& carried : {nothing, plain_and_scram}) {
    House house(carried);
    EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", "one")), "refused auth");
    EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", "two")), "refused auth");
    EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", "two")), "refused auth") << "costs nothing";
    house.expect_full("PLAIN", plain_message("ann", "three"));
    EXPECT_EQ(house.guess("PLAIN", "bob", plain_message("bob", "one")), "refused auth") << "another account";
  }
}

TEST(BridgedGuesses, with_a_carried_scram_are_counted_at_the_proof_and_beside_plain) {
  House house(plain_and_scram);
  EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", "one")), "refused auth");
  EXPECT_EQ(house.guess("SCRAM-SHA-256", "ann", proof), "refused auth");
  house.expect_full("SCRAM-SHA-256", proof);
}

TEST(BridgedGuesses, that_were_right_cost_nothing) {
  House house(plain_and_scram);
  house.right = true;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", std::to_string(i))), "accepted \"zoe\"");
    EXPECT_EQ(house.guess("SCRAM-SHA-256", "ann", proof), "accepted \"zoe\"");
  }
  EXPECT_EQ(house.counts().wrong_answers, 0u);
}

// What was wrong may be right by now where the bridge looks, and nothing tells us.
TEST(BridgedGuesses, are_judged_again_when_they_come_again) {
  House house(nothing);
  EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", "one")), "refused auth");
  house.right = true;
  EXPECT_EQ(house.guess("PLAIN", "ann", plain_message("ann", "one")), "accepted \"zoe\"");
}

TEST(BridgedGuesses, of_whom_cannot_be_read_are_counted_as_one) {
  House house(plain_and_scram);
  EXPECT_EQ(house.guess("PLAIN", "", "no such message"), "refused auth");
  EXPECT_EQ(house.guess("SCRAM-SHA-256", "", proof), "refused auth");
  const auto guessed = house.logins->guesses().list(GuessGuard::Clock::now());
  ASSERT_EQ(guessed.size(), 1u);
  EXPECT_EQ(guessed[0].username, "");
  EXPECT_EQ(guessed[0].wrong_answers, 2u);
}

TEST(BridgedGuesses, are_none_where_there_is_no_password) {
  House house(std::vector<const char*>{"X-TEST", "OAUTHBEARER", nullptr});
  for (const char* mechanism : {"X-TEST", "OAUTHBEARER"}) {
    Login login = house.begin("away", mechanism);
    EXPECT_EQ(in_words(house.answer(login, "a ticket")), "refused auth");
  }
  EXPECT_EQ(house.counts().wrong_answers, 0u);
}

}  // namespace
}  // namespace doorward
