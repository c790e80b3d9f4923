// What one rule allows, and what nobody may grant who does not hold it: the cases of Kubernetes' own meaning.
#include "policies/rbac.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rbac {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Case {
  const char* what;
  Rule rule;
  Access access;
  bool allowed;
};

Rule on(std::vector<std::string> groups, std::vector<std::string> resources, std::vector<std::string> verbs,
        std::vector<std::string> names = {}) {
  return {.verbs = std::move(verbs),
          .api_groups = std::move(groups),
          .resources = std::move(resources),
          .resource_names = std::move(names)};
}
Rule at(std::vector<std::string> paths, std::vector<std::string> verbs) {
  return {.verbs = std::move(verbs), .non_resource_urls = std::move(paths)};
}

TEST(Rbac, a_rule_allows_what_kubernetes_says_it_does) {
  const Access get{.verb = "get", .group = "enmasse.io", .resource = "addresses", .ns = "team1", .name = "a"};
  const Access list{.verb = "list", .group = "enmasse.io", .resource = "addresses", .ns = "team1"};
  const Access status{.verb = "get",
                      .group = "enmasse.io",
                      .resource = "addresses",
                      .subresource = "status",
                      .ns = "team1",
                      .name = "a"};
  const Access core{.verb = "get", .group = "", .resource = "events", .ns = "team1"};
  const Access metrics{.verb = "get", .path = "/metrics"};
  const Case cases[] = {
      {"verb", on({"enmasse.io"}, {"addresses"}, {"get"}), get, true},
      {"another verb", on({"enmasse.io"}, {"addresses"}, {"list", "watch"}), get, false},
      {"every verb", on({"enmasse.io"}, {"addresses"}, {"*"}), get, true},
      {"a verb is no prefix", on({"enmasse.io"}, {"addresses"}, {"ge*", "GET", ""}), get, false},
      {"another group", on({"admin.enmasse.io"}, {"addresses"}, {"get"}), get, false},
      {"the core group", on({""}, {"addresses"}, {"get"}), get, false},
      {"every group", on({"*"}, {"addresses"}, {"get"}), get, true},
      {"no group", on({}, {"addresses"}, {"get"}), get, false},
      {"the core group is the empty one", on({""}, {"events"}, {"get"}), core, true},
      {"no group is not the core group", on({}, {"events"}, {"get"}), core, false},
      {"another resource", on({"enmasse.io"}, {"addressspaces"}, {"get"}), get, false},
      {"every resource", on({"enmasse.io"}, {"*"}, {"get"}), get, true},
      {"no wildcard inside", on({"enmasse.io"}, {"address*"}, {"get"}), get, false},
      {"a subresource only", on({"enmasse.io"}, {"addresses/status", "*/status"}, {"get"}), get, false},
      {"a resource is not its subresource", on({"enmasse.io"}, {"addresses"}, {"get"}), status, false},
      {"the subresource", on({"enmasse.io"}, {"addresses/status"}, {"get"}), status, true},
      {"of every resource", on({"enmasse.io"}, {"*/status"}, {"get"}), status, true},
      {"another of every resource", on({"enmasse.io"}, {"*/scale"}, {"get"}), status, false},
      {"every resource has its subresources", on({"enmasse.io"}, {"*"}, {"get"}), status, true},
      {"every subresource cannot be said", on({"enmasse.io"}, {"addresses/*"}, {"get"}), status, false},
      {"the name", on({"enmasse.io"}, {"addresses"}, {"get"}, {"b", "a"}), get, true},
      {"another name", on({"enmasse.io"}, {"addresses"}, {"get"}, {"b"}), get, false},
      {"a name has no wildcard", on({"enmasse.io"}, {"addresses"}, {"get"}, {"*"}), get, false},
      {"names do not allow a list", on({"enmasse.io"}, {"addresses"}, {"list"}, {"a"}), list, false},
      {"nor an empty one", on({"enmasse.io"}, {"addresses"}, {"list"}, {""}), list, false},
      {"the path", at({"/metrics"}, {"get"}), metrics, true},
      {"another path", at({"/metric", "/metrics/", "/"}, {"get"}), metrics, false},
      {"a path's beginning", at({"/met*"}, {"get"}), metrics, true},
      {"a path with any rest, also none", at({"/metrics*"}, {"get"}), metrics, true},
      {"below the path", at({"/metrics/*"}, {"get"}), metrics, false},
      {"every path", at({"*"}, {"get"}), metrics, true},
      {"another verb at the path", at({"/metrics"}, {"post"}), metrics, false},
      {"resources are no paths", on({"*"}, {"*"}, {"*"}), metrics, false},
      {"paths are no resources", at({"*"}, {"*"}), get, false},
      {"nothing", {}, get, false},
      {"nothing at a path", {}, metrics, false},
  };
  for (const auto& c : cases) EXPECT_EQ(allows(c.rule, c.access), c.allowed) << c.what;
}

std::vector<std::string> lacking(const std::vector<Rule>& held, const std::vector<Rule>& wanted) {
  std::vector<std::string> texts;
  for (const auto& rule : missing(held, wanted)) texts.push_back(text(rule));
  return texts;
}

TEST(Rbac, what_is_held_may_be_granted) {
  const Rule all_of_addresses = on({"enmasse.io"}, {"addresses"}, {"*"});
  struct Held {
    const char* what;
    std::vector<Rule> held;
    Rule wanted;
  };
  const Held cases[] = {
      {"the same", {on({"a"}, {"b"}, {"get"})}, on({"a"}, {"b"}, {"get"})},
      {"a part", {on({"a", "c"}, {"b", "d"}, {"get", "list"})}, on({"c"}, {"b"}, {"list"})},
      {"of everything", {on({"*"}, {"*"}, {"*"})}, on({"a"}, {"b/c"}, {"d"}, {"e"})},
      {"everything", {on({"*"}, {"*"}, {"*"})}, on({"*"}, {"*"}, {"*"})},
      {"every verb", {all_of_addresses}, on({"enmasse.io"}, {"addresses"}, {"*"})},
      {"in pieces", {on({"a"}, {"b"}, {"get"}), on({"a"}, {"c"}, {"get"})}, on({"a"}, {"b", "c"}, {"get"})},
      {"one name of all", {on({"a"}, {"b"}, {"get"})}, on({"a"}, {"b"}, {"get"}, {"x"})},
      {"a name of the named", {on({"a"}, {"b"}, {"get"}, {"x", "y"})}, on({"a"}, {"b"}, {"get"}, {"y"})},
      {"a subresource of all", {on({"a"}, {"*/status"}, {"get"})}, on({"a"}, {"b/status"}, {"get"})},
      {"all of one subresource", {on({"a"}, {"*"}, {"get"})}, on({"a"}, {"*/status"}, {"get"})},
      {"a path below", {at({"/a/*"}, {"get"})}, at({"/a/b", "/a/b/*", "/a/*"}, {"get"})},
      {"nothing", {}, {}},
      {"no verb", {}, on({"a"}, {"b"}, {})},
  };
  for (const auto& c : cases) EXPECT_THAT(lacking(c.held, {c.wanted}), IsEmpty()) << c.what;
}

TEST(Rbac, what_is_not_held_is_named) {
  struct Lacking {
    const char* what;
    std::vector<Rule> held;
    Rule wanted;
    const char* lacks;
  };
  const Lacking cases[] = {
      {"anything", {}, on({"a"}, {"b"}, {"get"}), R"({APIGroups:["a"], Resources:["b"], Verbs:["get"]})"},
      {"a verb",
       {on({"a"}, {"b"}, {"get"})},
       on({"a"}, {"b"}, {"get", "list", "watch"}),
       R"({APIGroups:["a"], Resources:["b"], Verbs:["list" "watch"]})"},
      {"verbs do not add up",
       {on({"a"}, {"b"}, {"get", "list", "watch", "create", "update", "patch", "delete"})},
       on({"a"}, {"b"}, {"*"}),
       R"({APIGroups:["a"], Resources:["b"], Verbs:["*"]})"},
      {"groups do not add up",
       {on({"", "a"}, {"b"}, {"get"})},
       on({"*"}, {"b"}, {"get"}),
       R"({APIGroups:["*"], Resources:["b"], Verbs:["get"]})"},
      {"resources do not add up",
       {on({"a"}, {"b", "*/status"}, {"get"})},
       on({"a"}, {"*"}, {"get"}),
       R"({APIGroups:["a"], Resources:["*"], Verbs:["get"]})"},
      {"one of several",
       {on({"a"}, {"b"}, {"get"})},
       on({"a"}, {"b", "c", "d"}, {"get"}),
       R"({APIGroups:["a"], Resources:["c" "d"], Verbs:["get"]})"},
      {"a resource has no subresource",
       {on({"a"}, {"b"}, {"get"})},
       on({"a"}, {"b/status"}, {"get"}),
       R"({APIGroups:["a"], Resources:["b/status"], Verbs:["get"]})"},
      {"names are not all",
       {on({"a"}, {"b"}, {"get"}, {"x"})},
       on({"a"}, {"b"}, {"get"}),
       R"({APIGroups:["a"], Resources:["b"], Verbs:["get"]})"},
      {"another name",
       {on({"a"}, {"b"}, {"get"}, {"x"})},
       on({"a"}, {"b"}, {"get"}, {"x", "y"}),
       R"({APIGroups:["a"], Resources:["b"], ResourceNames:["y"], Verbs:["get"]})"},
      {"a shorter path",
       {at({"/a/*"}, {"get"})},
       at({"/a*"}, {"get"}),
       R"({NonResourceURLs:["/a*"], Verbs:["get"]})"},
      {"paths are no resources",
       {on({"*"}, {"*"}, {"*"})},
       at({"/a"}, {"get"}),
       R"({NonResourceURLs:["/a"], Verbs:["get"]})"},
      {"across two rules that share nothing",
       {on({"a"}, {"b"}, {"get"}), on({"c"}, {"d"}, {"list"})},
       on({"a"}, {"b"}, {"list"}),
       R"({APIGroups:["a"], Resources:["b"], Verbs:["list"]})"},
  };
  for (const auto& c : cases) EXPECT_THAT(lacking(c.held, {c.wanted}), ElementsAre(c.lacks)) << c.what;
}

TEST(Rbac, counts_the_permissions_of_a_rule) {
  EXPECT_EQ(permissions({}), 0u);
  EXPECT_EQ(permissions(on({"a", "b"}, {"c", "d", "e"}, {"get", "list"})), 12u);
  EXPECT_EQ(permissions(on({"a"}, {"c"}, {"get"}, {"x", "y"})), 2u);
  EXPECT_EQ(permissions(at({"/a", "/b"}, {"get", "post"})), 4u);
}

}  // namespace
}  // namespace doorward::rbac
