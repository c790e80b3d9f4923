// What a plugin answers, within every bound and one step beyond.
#include "plugins/host/answer.hpp"

#include <functional>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Bytes live as long as the test.
struct Raw {
  std::vector<std::string> kept = std::vector<std::string>(16);
  std::vector<doorward_bytes> groups, addresses;
  std::vector<doorward_rule> rules;
  doorward_answer answer{.size = sizeof answer,
                         .outcome = DOORWARD_ACCEPTED,
                         .rights = DOORWARD_RIGHTS_GIVEN,
                         .reason = {},
                         .challenge = {},
                         .identity = {"ann", 3},
                         .groups = nullptr,
                         .group_count = 0,
                         .rules = nullptr,
                         .rule_count = 0};

  doorward_bytes keep(std::size_t slot, std::string text) {
    kept[slot] = std::move(text);
    return {kept[slot].data(), kept[slot].size()};
  }
  void set_groups(std::size_t count, doorward_bytes each) {
    groups.assign(count, each);
    answer.groups = groups.data();
    answer.group_count = count;
  }
  void set_rules(std::size_t count, std::size_t addresses_each, doorward_bytes each,
                 std::uint64_t operations = DOORWARD_SEND) {
    addresses.assign(addresses_each, each);
    rules.assign(count, {addresses.data(), addresses_each, operations});
    answer.rules = rules.data();
    answer.rule_count = count;
  }
  Answer read(CallKind kind = CallKind::exchange, bool admin = false) const {
    return read_answer(&answer, kind, admin);
  }
};

TEST(Answer, gives_identity_groups_and_rules) {
  Raw raw;
  raw.groups = {{"manage", 6}, {"staff", 5}, {"staff", 5}};
  raw.answer.groups = raw.groups.data();
  raw.answer.group_count = 3;
  raw.set_rules(1, 1, {"orders/*", 8}, DOORWARD_RECV | DOORWARD_VIEW);
  const Answer answer = raw.read();
  EXPECT_EQ(answer.verdict, Verdict::accepted);
  EXPECT_EQ(answer.identity, "ann");
  EXPECT_TRUE(answer.rights_given);
  EXPECT_THAT(answer.groups, ElementsAre("manage", "staff"));
  EXPECT_THAT(answer.rules, ElementsAre(AddressRule{{"orders/*"}, {.recv = true, .view = true}}));
}

TEST(Answer, leaves_out_admin_unless_it_is_allowed) {
  Raw raw;
  raw.set_groups(1, {"admin", 5});
  EXPECT_THAT(raw.read().groups, ElementsAre());
  EXPECT_THAT(raw.read(CallKind::exchange, true).groups, ElementsAre("admin"));
}

TEST(Answer, leaves_rights_to_the_store_where_it_says_so) {
  Raw raw;
  raw.set_groups(1, {"manage", 6});
  raw.answer.rights = DOORWARD_RIGHTS_STORED;
  const Answer answer = raw.read();
  EXPECT_EQ(answer.verdict, Verdict::accepted);
  EXPECT_FALSE(answer.rights_given);
  EXPECT_TRUE(answer.groups.empty());
}

TEST(Answer, of_an_older_plugin_ends_where_its_author_ended_it) {
  Raw raw;
  raw.answer.size = sizeof(doorward_answer) - 1;
  EXPECT_THAT(raw.read().reason, HasSubstr("too small"));
  raw.answer.size = sizeof(doorward_answer) + 64;  // of a newer one
  EXPECT_EQ(raw.read().verdict, Verdict::accepted);
}

struct Bound {
  const char* what;
  std::function<void(Raw&, std::size_t)> set;
  std::size_t most;
};

TEST(Answer, is_taken_at_each_bound_and_refused_beyond) {
  const Bound bounds[] = {
      {"identity", [](Raw& r, std::size_t n) { r.answer.identity = r.keep(0, std::string(n, 'a')); },
       DOORWARD_MAX_IDENTITY},
      {"challenge", [](Raw& r, std::size_t n) { r.answer.challenge = r.keep(1, std::string(n, 'a')); },
       DOORWARD_MAX_CHALLENGE},
      {"groups", [](Raw& r, std::size_t n) { r.set_groups(n, {"g", 1}); }, DOORWARD_MAX_GROUPS},
      {"group", [](Raw& r, std::size_t n) { r.set_groups(1, r.keep(2, std::string(n, 'g'))); },
       DOORWARD_MAX_GROUP},
      {"rules", [](Raw& r, std::size_t n) { r.set_rules(n, 1, {"a", 1}); }, DOORWARD_MAX_RULES},
      {"addresses of one rule", [](Raw& r, std::size_t n) { r.set_rules(1, n, {"a", 1}); },
       DOORWARD_MAX_ADDRESSES},
      {"addresses over all rules", [](Raw& r, std::size_t n) { r.set_rules(n, 4'096 / 512, {"a", 1}); }, 512},
      {"address", [](Raw& r, std::size_t n) { r.set_rules(1, 1, r.keep(3, std::string(n, 'a'))); }, 1'024},
  };
  for (const Bound& bound : bounds) {
    Raw at, beyond;
    bound.set(at, bound.most);
    EXPECT_EQ(at.read().verdict, Verdict::accepted) << bound.what << ": " << at.read().reason;
    bound.set(beyond, bound.most + 1);
    EXPECT_EQ(beyond.read().verdict, Verdict::fault) << bound.what;
    EXPECT_TRUE(beyond.read().broke_a_rule) << bound.what;
  }
}

TEST(Answer, is_a_fault_where_it_breaks_a_rule) {
  const std::pair<const char*, std::function<void(Raw&)>> cases[] = {
      {"no identity", [](Raw& r) { r.answer.identity = {}; }},
      {"an identity that is not UTF-8", [](Raw& r) { r.answer.identity = {"a\xff", 2}; }},
      {"an identity with a NUL", [](Raw& r) { r.answer.identity = {"a\0b", 3}; }},
      {"an identity without bytes", [](Raw& r) { r.answer.identity = {nullptr, 3}; }},
      {"an endless identity",
       [](Raw& r) { r.answer.identity.size = std::numeric_limits<std::size_t>::max(); }},
      {"a challenge without bytes", [](Raw& r) { r.answer.challenge = {nullptr, 1}; }},
      {"groups without bytes", [](Raw& r) { r.answer.group_count = 1; }},
      {"an empty group", [](Raw& r) { r.set_groups(1, {}); }},
      {"a group with a control character", [](Raw& r) { r.set_groups(1, {"a\n", 2}); }},
      {"rules without bytes", [](Raw& r) { r.answer.rule_count = 1; }},
      {"an address with a comma", [](Raw& r) { r.set_rules(1, 1, {"a,*", 3}); }},
      {"an empty address", [](Raw& r) { r.set_rules(1, 1, {}); }},
      {"an address without bytes", [](Raw& r) { r.set_rules(1, 1, {nullptr, 3}); }},
      {"an operation that there is not", [](Raw& r) { r.set_rules(1, 1, {"a", 1}, 16); }},
      {"rights from nowhere", [](Raw& r) { r.answer.rights = 2; }},
      {"an outcome that there is not", [](Raw& r) { r.answer.outcome = 6; }},
      {"outcome 0", [](Raw& r) { r.answer.outcome = 0; }},
  };
  for (const auto& [what, set] : cases) {
    Raw raw;
    set(raw);
    EXPECT_EQ(raw.read().verdict, Verdict::fault) << what;
    EXPECT_TRUE(raw.read().broke_a_rule) << what;
  }
  EXPECT_TRUE(read_answer(nullptr, CallKind::exchange, false).broke_a_rule);
}

TEST(Answer, goes_on_in_an_exchange_only) {
  Raw raw;
  raw.answer.outcome = DOORWARD_CONTINUE;
  EXPECT_EQ(raw.read(CallKind::exchange).verdict, Verdict::proceed);
  EXPECT_TRUE(raw.read(CallKind::password).broke_a_rule);
  EXPECT_TRUE(raw.read(CallKind::check).broke_a_rule);
}

TEST(Answer, keeps_a_reason_fit_for_a_log) {
  Raw raw;
  raw.answer.outcome = DOORWARD_REFUSED;
  raw.answer.reason = {"locked", 6};
  EXPECT_EQ(raw.read().reason, "locked");
  raw.answer.reason = {"a\nb", 3};
  EXPECT_EQ(raw.read().reason, R"("a\x0ab")");
  raw.answer.reason = raw.keep(0, std::string(DOORWARD_MAX_REASON + 1, 'r'));
  EXPECT_EQ(raw.read().reason.size(), DOORWARD_MAX_REASON);
  raw.answer.reason = {nullptr, 5};
  EXPECT_EQ(raw.read().reason, "");
}

}  // namespace
}  // namespace doorward::plugins
