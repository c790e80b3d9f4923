// Who somebody is, by what they show.
#include "server/callers/callers.hpp"

#include "tests/server/callers/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST_F(CallersTest, never_ignores_impersonation) {
  EXPECT_EQ(refused({.authorization = "Bearer " + token, .impersonates = true}), 403);
  EXPECT_EQ(refused({.impersonates = true}, "/version"), 403);
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

TEST_F(CallersTest, keeps_the_old_tokens_while_the_file_is_faulty) {
  folder.write("tokens.yaml", "tokens: {");
  callers->look();
  EXPECT_EQ(refused({.authorization = "Bearer " + token}), 0);
}

TEST_F(CallersTest, does_not_start_with_a_faulty_file) {
  folder.write("tokens.yaml", "tokens: {");
  EXPECT_FALSE(Callers::load(file));
}

}  // namespace
}  // namespace doorward
