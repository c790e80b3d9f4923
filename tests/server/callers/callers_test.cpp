// Who somebody is, by what they show.
#include "server/callers/callers.hpp"

#include "mechanisms/bearer_message.hpp"
#include "tests/server/callers/folder.hpp"

#include <future>
#include <semaphore>
#include <stop_token>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CallersTest : public testing::Test {
 protected:
  CallersTest() {
    token = std::string(add_token(file, "ci", {"team-a"})->reveal());
    callers = std::move(*Callers::load(file));
  }
  auto identify(const http::Credentials& shown, std::string_view path = "/apis/a/v1/b") {
    return callers->identify(shown, path);
  }
  int refused(const http::Credentials& shown, std::string_view path = "/apis/a/v1/b/c") {
    const auto caller = identify(shown, path);
    return caller ? 0 : caller.error().status;
  }

  const Folder folder;
  const std::filesystem::path file = folder.path / "tokens.yaml";
  std::string token;
  std::unique_ptr<Callers> callers;
};

TEST_F(CallersTest, knows_a_token) {
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER   "}) {
    const auto caller = identify({.authorization = scheme + token});
    ASSERT_TRUE(caller) << scheme;
    EXPECT_EQ(caller->username, "ci");
    EXPECT_THAT(caller->groups, ElementsAre("team-a", "system:authenticated"));
  }
}

TEST_F(CallersTest, refuses_a_token_that_is_one_byte_off) {
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(refused({.authorization = "Bearer " + other}), 401) << i;
  }
  EXPECT_EQ(refused({.authorization = "Bearer " + token + "x"}), 401);
  EXPECT_EQ(refused({.authorization = "Bearer " + token.substr(1)}), 401);
}

TEST_F(CallersTest, refuses_what_is_no_bearer_token) {
  for (const char* header : {"Bearer", "Bearer ", "Basic YTpi", "x", " "}) {
    EXPECT_EQ(refused({.authorization = header}), 401) << header;
  }
  EXPECT_EQ(refused({.authorization = token}), 401);
  EXPECT_EQ(refused({.authorization = "Bearer " + token_digest(token)}), 401);
}

TEST_F(CallersTest, says_401_as_a_status) {
  const auto caller = identify({.authorization = "Bearer x"}, "/apis/a/v1/namespaces/b/c");
  ASSERT_FALSE(caller);
  EXPECT_THAT(caller.error().body, HasSubstr(R"("reason":"Unauthorized")"));
  EXPECT_THAT(caller.error().body, HasSubstr(R"("code":401)"));
}

TEST_F(CallersTest, is_anonymous_without_credentials) {
  const auto caller = identify({});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->username, "system:anonymous");
  EXPECT_THAT(caller->groups, ElementsAre("system:unauthenticated"));
}

TEST_F(CallersTest, takes_a_certificates_names) {
  const auto caller = identify({.subject = http::Subject{"jane", {"a", "b"}}});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->username, "jane");
  EXPECT_THAT(caller->groups, ElementsAre("a", "b", "system:authenticated"));
}

TEST_F(CallersTest, refuses_a_certificate_that_counts_no_longer_and_says_what_to_do) {
  // Whatever else is shown: who the certificate said it was, it must not become somebody else unawares.
  const http::Credentials shown{.authorization = "Bearer " + token,
                                .subject = http::Subject{"jane", {"a"}},
                                .lapse = "certificate has expired"};
  const auto refused = identify(shown, "/apis/a/v1/b/c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 401);
  EXPECT_THAT(refused.error().body,
              HasSubstr("(certificate has expired): get a new certificate, and connect anew"));
  EXPECT_EQ(identify(shown, "/version")->username, "system:anonymous") << "as with a bad token";
}

TEST_F(CallersTest, never_ignores_impersonation) {
  EXPECT_EQ(refused({.authorization = "Bearer " + token, .impersonates = true}), 403);
  EXPECT_EQ(refused({.impersonates = true}), 403);
  const auto shown = identify({.authorization = "Bearer " + token, .impersonates = true}, "/version");
  ASSERT_TRUE(shown) << "kubectl shows no refusal of what it begins with";
  EXPECT_EQ(shown->username, "system:anonymous") << "nor does anybody count for what he sends";
}

TEST_F(CallersTest, shows_public_documents_even_to_a_bad_token) {
  for (const char* path : {"/version", "/api", "/api/", "/api/v1", "/apis", "/apis/g", "/apis/g/v1",
                           "/apis/g/v1/", "/openapi/v2", "/openapi/v3", "/openapi/v3/apis/g/v1"}) {
    EXPECT_EQ(identify({.authorization = "Bearer x"}, path)->username, "system:anonymous") << path;
  }
  for (const char* path : {"/", "/apis/g/v1/users", "/apis/g/v1/namespaces/a/users", "/api/v1/namespaces/a",
                           "/metrics", "/versions", "//version"}) {
    EXPECT_EQ(refused({.authorization = "Bearer x"}, path), 401) << path;
  }
}

TEST_F(CallersTest, sees_a_new_token_and_misses_a_revoked_one) {
  const auto added = add_token(file, "late", {});
  ASSERT_TRUE(added);
  const std::string header = "Bearer " + std::string(added->reveal());
  EXPECT_EQ(refused({.authorization = header}), 401);
  callers->look();
  EXPECT_EQ(refused({.authorization = header}), 0);
  std::filesystem::remove(file);
  callers->look();
  EXPECT_EQ(refused({.authorization = header}), 401);
}

TEST_F(CallersTest, tells_which_tokens_come_change_and_go) {
  auto entries = read_tokens(file).value();
  const std::vector<TokenEntry> before = entries;
  const auto told_by = [&](const std::string& text) {
    std::vector<std::string> told;
    folder.write("tokens.yaml", text);
    callers->look([&](std::string_view what, const TokenEntry& entry) {
      told.push_back(std::string(what) + " " + entry.name);
    });
    return told;
  };
  entries.push_back({"ci", {"team-a"}, token_digest("first")});
  EXPECT_THAT(told_by(format_tokens(entries)), ElementsAre("create ci"));
  EXPECT_THAT(told_by(format_tokens(entries) + "# as it was\n"), IsEmpty());
  entries.back().groups.emplace_back("team-b");
  EXPECT_THAT(told_by(format_tokens(entries)), ElementsAre("update ci"));
  entries.back() = {"ci", {}, token_digest("second")};
  EXPECT_THAT(told_by(format_tokens(entries)), ElementsAre("delete ci", "create ci"))
      << "another token of that name";
  EXPECT_THAT(told_by("tokens: {"), IsEmpty()) << "nothing has changed where the file is faulty";
  EXPECT_THAT(told_by(format_tokens(before)), ElementsAre("delete ci"));
}

TEST_F(CallersTest, keeps_the_old_tokens_while_the_file_is_faulty) {
  folder.write("tokens.yaml", "tokens: {");
  callers->look();
  EXPECT_EQ(refused({.authorization = "Bearer " + token}), 0);
}

TEST_F(CallersTest, does_not_start_with_a_faulty_file) {
  folder.write("tokens.yaml", "tokens: {");
  EXPECT_FALSE(Callers::load(file));
}

// An API server that knows one token, is down for another, forgets to answer a third, and hangs at a fourth.
class FakeReviews : public TokenReviews {
 public:
  std::optional<Review> known(const Secret& token) override {
    if (token.reveal() == "remembered")
      return std::make_shared<const ReviewedUser>(ReviewedUser{"kept", "u", {}});
    return std::nullopt;
  }
  void review(const Secret& token, const ReviewLine& line, Done done) override {
    ++asked;
    asked_in = line;
    if (token.reveal() == "dropped") return;
    if (token.reveal() == "hangs") {
      kept.push_back(std::move(done));
      return hangs.release();
    }
    if (token.reveal() == "good")
      return done(std::make_shared<const ReviewedUser>(ReviewedUser{
          "system:serviceaccount:a:robot", "u", {"system:serviceaccounts", "system:authenticated"}}));
    if (token.reveal() == "cluster-admin")
      return done(std::make_shared<const ReviewedUser>(
          ReviewedUser{"kubernetes-admin", "u", {"system:masters", "ops", "system:authenticated"}}));
    done(std::unexpected(Failure{.code = token.reveal() == "down" ? SaslCode::sys_temp : SaslCode::auth}));
  }
  int asked = 0;
  std::optional<ReviewLine> asked_in;
  std::vector<Done> kept;
  std::counting_semaphore<> hangs{0};  // one for each of those
};

class ReviewedCallers : public CallersTest {
 protected:
  ReviewedCallers() { callers = std::move(*Callers::load(file, &reviews)); }
  FakeReviews reviews;
};

TEST_F(ReviewedCallers, are_who_the_api_server_says) {
  const auto caller = identify({.authorization = "Bearer good", .from = "192.0.2.7"});
  ASSERT_TRUE(caller);
  EXPECT_EQ(reviews.asked_in, ReviewLine::of_callers("192.0.2.7"));
  EXPECT_EQ(caller->username, "system:serviceaccount:a:robot");
  EXPECT_THAT(caller->groups, ElementsAre("system:serviceaccounts", "system:authenticated"));
  EXPECT_EQ(identify({.authorization = "Bearer remembered"})->username, "kept");
  EXPECT_EQ(reviews.asked, 1);
}

TEST_F(ReviewedCallers, are_no_masters_here_unless_the_configuration_says_so) {
  EXPECT_THAT(identify({.authorization = "Bearer cluster-admin"})->groups,
              ElementsAre("ops", "system:authenticated"));
  callers = std::move(*Callers::load(file, &reviews, ReviewedMasters::kept));
  EXPECT_THAT(identify({.authorization = "Bearer cluster-admin"})->groups,
              ElementsAre("system:masters", "ops", "system:authenticated"));
}

TEST_F(ReviewedCallers, are_asked_for_only_where_nobody_here_knows_them) {
  EXPECT_EQ(identify({.authorization = "Bearer " + token})->username, "ci");
  EXPECT_EQ(identify({.subject = http::Subject{"jane", {}}})->username, "jane");
  EXPECT_EQ(identify({.authorization = "Bearer good"}, "/version")->username, "system:anonymous");
  for (const char* no_token : {"Bearer ", "Bearer a b", "Bearer \x01"})
    EXPECT_EQ(refused({.authorization = no_token}), 401) << no_token;
  EXPECT_EQ(refused({.authorization = "Bearer " + std::string(max_token_bytes + 1, 'a')}), 401);
  EXPECT_EQ(reviews.asked, 0);
}

TEST_F(ReviewedCallers, are_refused_with_401_and_while_nobody_can_be_asked_with_503) {
  EXPECT_EQ(refused({.authorization = "Bearer bad"}), 401);
  for (const char* token_then : {"Bearer down", "Bearer dropped"}) {
    const auto caller = identify({.authorization = token_then}, "/apis/a/v1/b/c");
    ASSERT_FALSE(caller);
    EXPECT_EQ(caller.error().status, 503);
    EXPECT_THAT(caller.error().headers,
                testing::Contains(std::pair<std::string, std::string>("Retry-After", "1")));
  }
}

TEST_F(ReviewedCallers, are_waited_for_no_longer_than_they_have_their_place) {
  const std::stop_source interrupted;
  auto refusal = std::async(std::launch::async, [&] {
    return refused({.authorization = "Bearer hangs", .interrupted = interrupted.get_token()});
  });
  reviews.hangs.acquire();
  interrupted.request_stop();
  EXPECT_EQ(refusal.get(), 503);
  reviews.kept.front()(std::unexpected(Failure{.code = SaslCode::auth}));  // too late, and nothing to anybody
}

TEST_F(ReviewedCallers, leave_behind_a_bounded_number_of_reviews) {
  const std::stop_source interrupted;
  interrupted.request_stop();
  const auto ask = [&](const char* from) {
    return refused({.authorization = "Bearer hangs", .from = from, .interrupted = interrupted.get_token()});
  };
  constexpr std::size_t half = AskedReviews::at_once / 2;
  for (std::size_t i = 0; i < half + 1; ++i) EXPECT_EQ(ask("192.0.2.7"), 503);
  EXPECT_EQ(reviews.kept.size(), half);
  EXPECT_EQ(ask("192.0.2.8"), 503);
  EXPECT_EQ(reviews.kept.size(), half + 1) << "others are asked for";
  reviews.kept.clear();
  EXPECT_EQ(ask("192.0.2.7"), 503);
  EXPECT_EQ(reviews.kept.size(), 1u) << "those that are over count no more";
}

}  // namespace
}  // namespace doorward
