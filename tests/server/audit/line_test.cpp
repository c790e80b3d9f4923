#include "server/audit/line.hpp"

#include "server/audit/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace doorward::audit {
namespace {

const Secret key("0123456789abcdef0123456789abcdef");
const std::string instance = instance_of(key);

TEST(AuditLine, is_read_as_it_was_sealed_and_is_json) {
  Position at;
  for (const Opening opening :
       {Opening{.opens = true}, Opening{}, Opening{.opens = true, .torn_bytes = 12}}) {
    const Position before = at;
    const std::string line = seal(key, instance, at, "\"event\":\"x\"", opening);
    const auto read = read_line(line);
    ASSERT_TRUE(read) << line;
    EXPECT_EQ(read->instance, instance);
    EXPECT_EQ(read->seq, before.seq + 1);
    EXPECT_EQ(read->previous.has_value(), opening.opens);
    EXPECT_EQ(read->torn_bytes, opening.torn_bytes);
    EXPECT_EQ(read->mac, mac_of(key, before.mac, read->sealed));
    EXPECT_EQ(read->mac, at.mac);
    EXPECT_EQ(nlohmann::json::parse(line).at("mac"), at.mac);
  }
}

TEST(AuditLine, has_a_bound) {
  Position at, other;
  const std::size_t rest = seal(key, instance, at, "").size();
  EXPECT_TRUE(read_line(seal(key, instance, other, std::string(max_line_bytes - rest, 'x'))));
  other = {};
  EXPECT_FALSE(read_line(seal(key, instance, other, std::string(max_line_bytes - rest + 1, 'x'))));
}

TEST(AuditLine, what_is_cut_anywhere_is_no_line) {
  Position at;
  const std::string line = seal(key, instance, at, "\"event\":\"x\"", {.opens = true});
  for (std::size_t bytes = 0; bytes < line.size(); ++bytes) EXPECT_FALSE(read_line(line.substr(0, bytes)));
}

TEST(AuditLine, an_anchor_has_one_form) {
  const Position position{7, std::string(64, 'a')};
  EXPECT_EQ(Position::parse(position.text()), position);
  for (const std::string& text : std::vector<std::string>{
           "", "7", "7:", "07:" + position.mac, "0:" + position.mac, "7:" + position.mac + "a",
           "-7:" + position.mac, "99999999999999999999:" + position.mac, "7:" + std::string(64, 'A')}) {
    EXPECT_FALSE(Position::parse(text)) << text;
  }
}

TEST(AuditEvents, a_login_is_told_with_what_the_peer_said_made_harmless) {
  const LoginFact fact{.login_id = 7,
                       .peer = "127.0.0.1:4711",
                       .realm = "shop",
                       .mechanism = "PLAIN",
                       .username = "ali\"\n\xff",
                       .outcome = SaslCode::auth,
                       .reason = LoginReason::wrong_password};
  const std::string text = members({}, fact);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto told = nlohmann::json::parse("{" + text + "}");
  EXPECT_EQ(told.at("time"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(told.at("event"), "login");
  EXPECT_EQ(told.at("outcome"), "auth");
  EXPECT_EQ(told.at("reason"), "wrong_password");
  EXPECT_EQ(told.at("user"), "ali\"\n\xef\xbf\xbd");
  EXPECT_EQ(told.at("login"), 7);
}

TEST(AuditEvents, a_change_names_a_bounded_number_of_fields_and_counts_all) {
  for (const std::size_t count : {max_fields, max_fields + 1}) {
    const auto told =
        nlohmann::json::parse("{" +
                              members({}, Change{.who = "resources",
                                                 .what = "update",
                                                 .fields = std::vector<std::string>(count, "spec.x")}) +
                              "}");
    EXPECT_EQ(told.at("fields").size(), max_fields);
    EXPECT_EQ(told.at("changed"), count);
  }
}

}  // namespace
}  // namespace doorward::audit
