// Which claims let somebody in, and as whom; what a client may send; which settings are refused.
#include "plugins/oauth/claims.hpp"
#include "plugins/oauth/message.hpp"
#include "tests/plugins/oauth_issuer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oauth_bridge {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};

const json least{{"jwksUri", "https://issuer.example/keys"},
                 {"issuer", "https://issuer.example"},
                 {"audiences", {"amqp", "other"}}};

Settings settings(const json& more = json::object()) {
  json config = least;
  config.update(more);
  const std::string text = config.dump();
  doorward_settings given{};
  given.size = sizeof given;
  given.config = doorward_plugin_cpp::bytes(text);
  given.secrets_directory = "/secrets";
  given.time_limit_ms = 5'000;
  return read_settings(given);
}

// NAME[ GROUP...], or why not.
std::string verdict(const json& changed, const json& config = json::object()) {
  json claims = good_claims();
  for (const auto& [name, value] : changed.items()) {
    if (value.is_null())
      claims.erase(name);
    else
      claims[name] = value;
  }
  const auto bearer = judge(claims, settings(config), now);
  if (!bearer) return bearer.error().why;
  std::string text = bearer->identity;
  for (const std::string& group : bearer->groups) text += " " + group;
  return text;
}

TEST(Claims, say_who_and_of_which_groups) {
  EXPECT_EQ(verdict({}), "ann staff");
  EXPECT_EQ(verdict({{"groups", nullptr}}), "ann");
  EXPECT_EQ(verdict({{"groups", "one"}}), "ann one");
  EXPECT_EQ(verdict({{"preferred_username", "Ann"}}, {{"identityClaim", "preferred_username"}}), "Ann staff");
  EXPECT_EQ(verdict({{"realm_access", {{"roles", {"a", "b"}}}}}, {{"groupsClaim", "/realm_access/roles"}}),
            "ann a b");
  EXPECT_EQ(verdict({{"https://x.example/groups", {"a"}}}, {{"groupsClaim", "https://x.example/groups"}}),
            "ann a");
}

TEST(Claims, are_of_the_issuer) {
  for (const json& issuer : {json("https://issuer.example/"), json("https://ISSUER.example"), json(""),
                             json(5), json::array({"https://issuer.example"}), json()})
    EXPECT_EQ(verdict({{"iss", issuer}}), "is of another issuer") << issuer;
}

TEST(Claims, are_for_the_audience) {
  EXPECT_EQ(verdict({{"aud", {"x", "other"}}}), "ann staff");
  for (const json& audience : {json("amq"), json("AMQP"), json(""), json(5), json::array(),
                               json::array({"x"}), json::array({"amqp", 5}), json{{"amqp", true}}, json()})
    EXPECT_EQ(verdict({{"aud", audience}}), "is for another audience") << audience;
}

TEST(Claims, count_from_then_to_then_give_or_take_the_skew_of_clocks) {
  const std::int64_t at = now.time_since_epoch().count();
  EXPECT_EQ(verdict({{"exp", at + 1}}, {{"clockSkewSeconds", 0}}), "ann staff");
  EXPECT_EQ(verdict({{"exp", at}}, {{"clockSkewSeconds", 0}}), "has expired");
  EXPECT_EQ(verdict({{"exp", at + 0.5}}, {{"clockSkewSeconds", 0}}), "ann staff");
  EXPECT_EQ(verdict({{"exp", at - 59}}), "ann staff");
  EXPECT_EQ(verdict({{"exp", at - 60}}), "has expired");
  EXPECT_EQ(verdict({{"nbf", at}}, {{"clockSkewSeconds", 0}}), "ann staff");
  EXPECT_EQ(verdict({{"nbf", at + 1}}, {{"clockSkewSeconds", 0}}), "does not count yet");
  EXPECT_EQ(verdict({{"nbf", at + 60}}), "ann staff");
  EXPECT_EQ(verdict({{"nbf", at + 61}}), "does not count yet");
  EXPECT_EQ(verdict({{"nbf", nullptr}}), "ann staff");
  for (const json& never :
       {json(), json("4102444800"), json(-1), json(1e300), json(253'402'300'800), json(true)})
    EXPECT_EQ(verdict({{"exp", never}}), "says not when it expires") << never;
  for (const json& never : {json("0"), json(-1), json(1e300), json(false)})
    EXPECT_EQ(verdict({{"nbf", never}}), "says by no time when it begins to count") << never;
}

TEST(Claims, have_the_scopes) {
  const json wanted{{"scopes", {"amqp.use", "amqp.read"}}};
  EXPECT_EQ(verdict({{"scope", "x amqp.read amqp.use"}}, wanted), "ann staff");
  EXPECT_EQ(verdict({{"scp", {"amqp.read", "amqp.use"}}}, wanted), "ann staff");
  for (const json& scope :
       {json("amqp.use"), json("amqp.use,amqp.read"), json("amqp.user amqp.read"), json(""), json(5), json()})
    EXPECT_EQ(verdict({{"scope", scope}}, wanted), "lacks a scope") << scope;
  json claims = good_claims();
  EXPECT_EQ(judge(claims, settings(wanted), now).error().status, Status::insufficient_scope);
}

TEST(Claims, name_somebody) {
  EXPECT_EQ(verdict({{"sub", std::string(256, 'a')}, {"groups", nullptr}}), std::string(256, 'a'));
  EXPECT_EQ(verdict({{"sub", "m\u00fcller \u00a0"}, {"groups", nullptr}}), "m\u00fcller \u00a0");
  for (const json& name : {json(""), json(std::string(257, 'a')), json(5), json::array({"ann"}), json("a\nb"),
                           json("a\x7f"), json(std::string("a\0", 2)), json("a\u0085"), json()})
    EXPECT_EQ(verdict({{"sub", name}}), "has no name in the claim sub") << name;
  for (const json& groups : {json(5), json::array({"a", 5}), json{{"a", true}}})
    EXPECT_EQ(verdict({{"groups", groups}}), "has no list of strings in the claim groups") << groups;
}

// ------------------------------------------------------------------------------------------------ messages

using Reader = std::optional<Message> (*)(std::string_view);

// NAME:TOKEN, or nothing.
std::string read(Reader reader, const std::string& message) {
  const auto said = reader(message);
  return said ? said->username + ':' + std::string(said->token) : "";
}

TEST(ClientMessage, holds_a_token_and_perhaps_a_name) {
  const std::pair<const char*, const char*> cases[] = {
      {"n,,\1auth=Bearer t0k.e-n\1\1", ":t0k.e-n"},
      {"y,a=ann,\1host=h\1port=1\1auth=bearer   t==\1\1", "ann:t=="},
      {"n,a=a=2Cb=3Dc,\1auth=Bearer t\1\1", "a,b=c:t"},
  };
  for (const auto& [message, said] : cases) EXPECT_EQ(read(read_oauthbearer, message), said) << message;
  EXPECT_EQ(read(read_xoauth2, "user=a,b\1auth=Bearer t\1\1"), "a,b:t");
  EXPECT_EQ(read(read_xoauth2, "user=\1auth=Bearer t\1\1"), ":t");
}

TEST(ClientMessage, is_refused_where_it_is_malformed) {
  for (const std::string message : {"",
                                    "n",
                                    "n,",
                                    "n,,",
                                    "\1",
                                    "n,,\1\1",
                                    "n,,\1auth=Bearer t\1",
                                    "n,,auth=Bearer t\1\1",
                                    "n,,\1auth=Bearer \1\1",
                                    "n,,\1auth=Basic t\1\1",
                                    "n,,\1auth=Bearer t t\1\1",
                                    "n,,\1auth=Bearer t\1\1x",
                                    "n,,\1=x\1auth=Bearer t\1\1",
                                    "n,,\1auth=Bearer t\1auth=Bearer t\1\1",
                                    "n,,\1h0st=x\1auth=Bearer t\1\1",
                                    "n,,\1host=\x7f\1auth=Bearer t\1\1",
                                    "n,,\1auth=Bearer =\1\1",
                                    "n,a=,\1auth=Bearer t\1\1",
                                    "n,a==2,\1auth=Bearer t\1\1",
                                    "n,ann,\1auth=Bearer t\1\1",
                                    "p=tls-exporter,,\1auth=Bearer t\1\1",
                                    "N,,\1auth=Bearer t\1\1",
                                    "user=\1auth=Bearer t\1\1"})
    EXPECT_EQ(read(read_oauthbearer, message), "") << message;
  for (const std::string message :
       {"", "user=", "user=a", "user=a\1", "user=a\1\1", "auth=Bearer t\1\1", "n,,\1auth=Bearer t\1\1"})
    EXPECT_EQ(read(read_xoauth2, message), "") << message;
}

TEST(ClientMessage, is_bounded_in_its_token) {
  const auto with = [](std::size_t size) { return "n,,\1auth=Bearer " + std::string(size, 't') + "\1\1"; };
  EXPECT_EQ(read(read_oauthbearer, with(max_token_bytes)).size(), max_token_bytes + 1);
  EXPECT_EQ(read(read_oauthbearer, with(max_token_bytes + 1)), "");
}

// ------------------------------------------------------------------------------------------------ settings

std::string fault(const json& more) {
  try {
    (void)settings(more);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(OauthSettings, have_defaults) {
  const Settings read = settings({{"caFile", "issuer/ca.crt"}});
  EXPECT_EQ(read.ca_file, "/secrets/issuer/ca.crt");
  EXPECT_THAT(read.algorithms, ElementsAre("RS256", "PS256", "ES256"));
  EXPECT_EQ(read.identity_claim, "sub");
  EXPECT_EQ(read.groups_claim, "groups");
  EXPECT_EQ(read.clock_skew, std::chrono::seconds(60));
  EXPECT_FALSE(read.stored_rights);
}

TEST(OauthSettings, say_what_to_mend) {
  const std::pair<json, const char*> cases[] = {
      {{{"jwksUri", nullptr}}, "config.jwksUri must be a string"},
      {{{"jwksUri", ""}}, "config.jwksUri is required"},
      {{{"jwksUri", "http://issuer.example/keys"}}, "must be https://"},
      {{{"jwksUri", "HTTPS://issuer.example/keys"}}, "must be https://"},
      {{{"jwksUri", "file:///etc/passwd"}}, "must be https://"},
      {{{"jwksUri", "https://"}}, "must be https://"},
      {{{"jwksUri", "https://issuer.example:x/"}}, "must be https://"},
      {{{"jwksUri", "https://ann:pencil@issuer.example/"}}, "may have no user, password or #fragment"},
      {{{"jwksUri", "https://issuer.example/#keys"}}, "may have no user, password or #fragment"},
      {{{"issuer", ""}}, "config.issuer is required"},
      {{{"audiences", json::array()}}, "config.audiences is required"},
      {{{"audiences", {""}}}, "config.audiences is required"},
      {{{"audiences", "amqp"}}, "config.audiences must be a list"},
      {{{"algorithms", {"none"}}}, "may not have none"},
      {{{"algorithms", {"RS256", "HS256"}}}, "may not have HS256"},
      {{{"algorithms", {"rs256"}}}, "may be RS256, RS384"},
      {{{"algorithms", {"EdDSA"}}}, "may be RS256, RS384"},
      {{{"algorithms", json::array()}}, "must name one at least"},
      {{{"identityClaim", ""}}, "must be the name of a claim"},
      {{{"groupsClaim", "/a/~2"}}, "is no JSON pointer"},
      {{{"openidConfiguration", "issuer.example"}}, "config.openidConfiguration must be https://"},
      {{{"clockSkewSeconds", 601}}, "must be a number from 0 to 600"},
      {{{"refreshSeconds", 0}}, "must be a number from 1 to 86400"},
      {{{"refreshSeconds", 60}, {"keepSeconds", 59}}, "must not be less than refreshSeconds"},
      {{{"refetchSeconds", 0}}, "must be a number from 1 to 3600"},
      {{{"caFile", "/etc/ssl/ca.crt"}}, "must be SECRET/KEY"},
      {{{"jwksUrl", "x"}}, "config.jwksUrl is no setting of the OAuth bridge"},
  };
  EXPECT_EQ(fault(json::object()), "");
  for (const auto& [more, why] : cases) EXPECT_THAT(fault(more), HasSubstr(why)) << more;
}

}  // namespace
}  // namespace oauth_bridge
