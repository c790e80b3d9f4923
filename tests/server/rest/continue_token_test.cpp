// Where the next page of a list begins, as its reader carries it.
#include "server/rest/continue_token.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

TEST(ContinueToken, is_read_by_whoever_made_it_for_the_same_list_only) {
  const ContinueTokens tokens{Secret(std::string(32, 'k'))}, others{Secret(std::string(32, 'x'))};
  const Continuation at{12, "team1", "shop.alice"};
  const std::string token = tokens.make(at, "users");
  EXPECT_EQ(tokens.read(token, "users"), at);
  EXPECT_EQ(tokens.read(tokens.make({1, "", "x"}, ""), ""), (Continuation{1, "", "x"}));
  EXPECT_FALSE(tokens.read(token, "spaces"));
  EXPECT_FALSE(others.read(token, "users"));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.read(changed, "users")) << i;
  }
  for (const char* bad : {"", "A", "made-up", "====", "!"}) EXPECT_FALSE(tokens.read(bad, "users")) << bad;
  EXPECT_EQ(token.find_first_of("+/="), std::string::npos) << "needs no escape";
}

}  // namespace
}  // namespace doorward::rest
