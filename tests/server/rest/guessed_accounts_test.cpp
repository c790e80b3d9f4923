// Accounts whose passwords are guessed, as the API shows and forgets them.
#include "server/rest/guessed_accounts.hpp"

#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

const std::string accounts_path = "/apis/enmasse.io/v1beta1/guessedaccounts";

class GuessedAccounts : public House {
 protected:
  GuessedAccounts() {
    seed();
    api_ =
        Api::make(
            {.store = *store_,
             .authorizer = authorizer_,
             .settings = options_.settings,
             .turns = turns_,
             .told = [this](const Request&, const resources::ObjectChange& change) { told_ = change.object; },
             .virtual_resources = {guessed_accounts({.list = [this] { return accounts_; },
                                                     .forget =
                                                         [this](const GuessedAccount& one) {
                                                           std::erase_if(accounts_, [&](const auto& other) {
                                                             return other.name == one.name;
                                                           });
                                                         }})}})
            .value();
  }
  ~GuessedAccounts() override { api_.reset(); }

  std::vector<GuessedAccount> accounts_{{.name = "0123456789abcdef",
                                         .realm = "team1-shop",
                                         .username = "ann",
                                         .wrong_answers = 12,
                                         .held_answers = 2,
                                         .forgotten_in = std::chrono::milliseconds(23'001)},
                                        {.name = "fedcba9876543210",
                                         .realm = {},
                                         .username = {},
                                         .wrong_answers = 1,
                                         .forgotten_in = std::chrono::milliseconds(1)}};
  std::string told_;
};

TEST_F(GuessedAccounts, are_shown_with_what_was_counted) {
  const Answer one = get(accounts_path + "/0123456789abcdef");
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body["spec"], json({{"realm", "team1-shop"},
                                    {"username", "ann"},
                                    {"wrongAnswers", 12},
                                    {"heldAnswers", 2},
                                    {"forgottenInSeconds", 24}}));
  const Answer list = get(accounts_path);
  ASSERT_EQ(list.body["items"].size(), 2u);
  EXPECT_EQ(list.body["kind"], "GuessedAccountList");
  EXPECT_FALSE(list.body["items"][1]["spec"].contains("realm"));
  accept_ = table_accept;
  EXPECT_EQ(get(accounts_path).body["rows"][0]["cells"][1], "team1-shop");
  accounts_.front().username =
      "a\xC2\x9B"
      "2Jb";
  EXPECT_EQ(get(accounts_path).body["rows"][0]["cells"][2], R"("a\xc2\x9b2Jb")") << "no terminal obeys it";
}

TEST_F(GuessedAccounts, have_names_that_are_no_text) {
  accounts_[0].username = "a\xff\n\"b";
  const Answer one = get(accounts_path + "/0123456789abcdef");
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body["spec"]["username"], "a\xef\xbf\xbd\n\"b");
}

TEST_F(GuessedAccounts, are_forgotten_when_they_are_deleted) {
  const std::string path = accounts_path + "/0123456789abcdef";
  EXPECT_EQ(remove(path + "?dryRun=All").status, 200);
  EXPECT_EQ(accounts_.size(), 2u);
  EXPECT_EQ(told_, "");
  EXPECT_EQ(remove(path).status, 200);
  EXPECT_EQ(accounts_.size(), 1u);
  EXPECT_EQ(told_, "GuessedAccount 0123456789abcdef");
  EXPECT_EQ(remove(path).status, 404);
  EXPECT_EQ(get(path).status, 404);
}

}  // namespace
}  // namespace doorward::rest
