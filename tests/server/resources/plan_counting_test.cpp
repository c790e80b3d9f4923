// Addresses and users counted against the plan of their address space, and what tenants are told to choose
// from.
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

std::string plan_yaml(std::string_view limits) {
  return "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressSpacePlan\nmetadata: {name: small}\nspec: "
         "{addressSpaceType: brokered, infraConfigRef: small, addressPlans: [a-queue], resourceLimits: {" +
         std::string(limits) + "}}\n";
}
const std::string infra =
    "---\napiVersion: admin.enmasse.io/v1beta1\nkind: BrokeredInfraConfig\nmetadata: {name: small}\nspec: "
    "{}\n";
const std::string queue_plan =
    "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressPlan\nmetadata: {name: a-queue}\nspec: "
    "{addressType: "
    "queue, resources: {broker: 0.5}}\n";
std::string address_yaml(const std::string& name, const std::string& address,
                         std::string_view plan = "a-queue", std::string_view more = "type: queue") {
  return "---\napiVersion: enmasse.io/v1beta1\nkind: Address\nmetadata: {namespace: team1, name: \"" + name +
         "\"}\nspec: {address: \"" + address + "\", plan: " + std::string(plan) + ", " + std::string(more) +
         "}\n";
}
const std::string base = service + infra + queue_plan + shop;

class PlanCounting : public Workbench {
 protected:
  json address(const std::string& name) {
    return status(key(store_kind::addresses, "team1", "shop." + name));
  }
  std::string messages(const std::string& name) {
    return address(name).value("messages", json::array()).dump();
  }
  std::string phase(const std::string& user) {
    return user_status("team1", "shop." + user).value("phase", "");
  }
};

TEST_F(PlanCounting, an_address_is_ready_when_its_space_and_plans_are) {
  const std::string orders = address_yaml("shop.orders", "orders");
  ASSERT_TRUE(apply(orders));
  EXPECT_EQ(address("orders")["isReady"], false);
  EXPECT_EQ(address("orders")["phase"], "Pending");
  EXPECT_THAT(messages("orders"), HasSubstr("AddressSpace team1/shop does not exist"));
  ASSERT_TRUE(apply(orders + shop));
  EXPECT_THAT(messages("orders"), HasSubstr("AddressPlan \\\"a-queue\\\" does not exist"));
  ASSERT_TRUE(apply(orders + base + plan_yaml("broker: 1")));
  EXPECT_EQ(address("orders"), json({{"isReady", true}, {"phase", "Active"}}));
  ASSERT_TRUE(apply(orders + service + infra + queue_plan + plan_yaml("broker: 1")));
  EXPECT_THAT(messages("orders"), HasSubstr("AddressSpace team1/shop does not exist"));
}

TEST_F(PlanCounting, an_address_needs_a_plan_of_its_type_that_the_space_may_use) {
  const std::string others =
      "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressPlan\nmetadata: {name: a-topic}\nspec: "
      "{addressType: "
      "topic, resources: {broker: 0}}\n";
  ASSERT_TRUE(apply(base + others + plan_yaml("broker: 1") + address_yaml("shop.a", "a", "a-topic")));
  EXPECT_THAT(messages("a"), AllOf(HasSubstr("is for addresses of type topic, not queue"),
                                   HasSubstr("does not list the AddressPlan \\\"a-topic\\\"")));
}

TEST_F(PlanCounting, a_plan_holds_so_many_addresses) {
  const std::string two = address_yaml("shop.b", "b") + address_yaml("shop.c", "c");
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1") + two));
  const std::string three = two + address_yaml("shop.a", "a");
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1") + three));
  EXPECT_EQ(address("b")["isReady"], true) << "who is Active stays so";
  EXPECT_EQ(address("c")["isReady"], true);
  EXPECT_THAT(messages("a"),
              HasSubstr("allows 1 of broker, of which 2 addresses have 1, and this one needs 0.5"));
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1.5") + three));
  EXPECT_EQ(address("a")["isReady"], true) << "the plan has grown";
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1") + three));
  EXPECT_EQ(address("c")["isReady"], false) << "the plan has shrunk: the last by name";
  ASSERT_TRUE(
      apply(base + plan_yaml("broker: 1") + address_yaml("shop.c", "c") + address_yaml("shop.a", "a")));
  EXPECT_EQ(address("c")["isReady"], true) << "another one has gone";
}

TEST_F(PlanCounting, a_cheaper_address_plan_makes_room) {
  const std::string three =
      address_yaml("shop.a", "a") + address_yaml("shop.b", "b") + address_yaml("shop.c", "c");
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1") + three));
  EXPECT_EQ(address("c")["isReady"], false);
  std::string cheaper = queue_plan;
  cheaper.replace(cheaper.find("0.5"), 3, "0.1");
  ASSERT_TRUE(apply(service + infra + cheaper + shop + plan_yaml("broker: 1") + three));
  EXPECT_EQ(address("c")["isReady"], true);
}

TEST_F(PlanCounting, one_name_is_one_address) {
  ASSERT_TRUE(
      apply(base + plan_yaml("broker: 9") + address_yaml("shop.a", "x") + address_yaml("shop.b", "x")));
  EXPECT_EQ(address("a")["isReady"], true);
  EXPECT_THAT(messages("b"), HasSubstr("Address team1/shop.a is \\\"x\\\" already"));
}

TEST_F(PlanCounting, faults_of_an_address_say_what_to_change) {
  const std::pair<std::string, const char*> cases[] = {
      {address_yaml("orders", "a"), "metadata.name: \"orders\" does not name its address space"},
      {address_yaml("1.orders", "a"), "metadata.name: \"1.orders\" does not name its address space"},
      {address_yaml("shop.a", ""), "spec.address: "},
      {address_yaml("shop.a", "a*"), "spec.address: \"a*\" is no single address"},
      {address_yaml("shop.a", "a,b"), "spec.address: "},
      {address_yaml("shop.a", "a", "p", "type: pile"), "spec.type: \"pile\" is not supported"},
      {address_yaml("shop.a", "a", "p", "type: subscription"), "spec.topic: name the address of the topic"},
  };
  for (const auto& [yaml, fault] : cases) EXPECT_THAT(outcome(yaml), HasSubstr(fault)) << yaml;
}

TEST_F(PlanCounting, a_space_takes_its_users_and_addresses_with_it_in_one_commit) {
  ASSERT_TRUE(apply(base + alice + address_yaml("shop.a", "a") + plan_yaml("broker: 1")));
  const auto before = version();
  ASSERT_TRUE(apply(service + infra + queue_plan + plan_yaml("broker: 1")));
  EXPECT_THAT(changes_since(before),
              UnorderedElementsAre("deleted team1/shop", "deleted team1/shop.alice", "deleted team1/shop.a"));
}

TEST_F(PlanCounting, a_plan_bounds_the_users_of_a_space) {
  const std::string plan = plan_yaml("messaging-users: 2");
  const std::string two = user_yaml("team1", "shop.b", "b") + user_yaml("team1", "shop.c", "c");
  ASSERT_TRUE(apply(base + plan + two));
  const std::string a = user_yaml("team1", "shop.a", "a");
  const auto report = apply(base + plan + two + a);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->waiting,
              ElementsAre("MessagingUser team1/shop.a: AddressSpacePlan \"small\" allows 2 users "
                          "(messaging-users) for each address space, and team1/shop has no fewer: the user "
                          "becomes Active when there is room"));
  EXPECT_EQ(phase("a"), "Pending") << "who is in stays in";
  EXPECT_FALSE(logs_in("team1-shop", "a"));
  EXPECT_EQ(outcome(base + plan + two + a), "0 created, 0 changed, 0 deleted, 8 unchanged");
  ASSERT_TRUE(apply(base + plan + two));
  ASSERT_TRUE(apply(base + plan + user_yaml("team1", "shop.b", "b") + a)) << "one goes, another one comes";
  EXPECT_EQ(phase("a"), "Active");
}

// No write makes two of one name any more, but there may be data directories with them.
TEST_F(PlanCounting, a_user_who_waited_takes_nobodys_name_when_there_is_room) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b") +
                            user_yaml("team1", "shop.c", "c");
  ASSERT_TRUE(apply(base + plan_yaml("messaging-users: 2") + users));
  Workspace workspace(*store_);
  auto* waiting = workspace.find(user("shop.c"));
  ASSERT_NE(waiting, nullptr);
  waiting->document["spec"]["username"] = "a";
  workspace.login(*waiting)->username = *Username::parse("a");
  ASSERT_TRUE(store_->commit(*workspace.writes("2026-01-01T00:00:00Z")));
  options_.prune = false;
  ASSERT_TRUE(apply(plan_yaml("messaging-users: 3")));
  EXPECT_EQ(phase("c"), "Pending");
  EXPECT_THAT(user_status("team1", "shop.c")["message"].get<std::string>(),
              HasSubstr("\"a\" is the username of another MessagingUser"));
  EXPECT_EQ(phase("a"), "Active");
  options_.prune = true;
  ASSERT_TRUE(apply(base + plan_yaml("messaging-users: 3") + user_yaml("team1", "shop.c", "c")));
  EXPECT_EQ(phase("c"), "Active");
}

TEST_F(PlanCounting, users_that_waited_for_their_space_come_by_name_while_there_is_room) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b");
  const std::string plans = service + infra + queue_plan + plan_yaml("messaging-users: 1");
  ASSERT_TRUE(apply(plans + users));
  ASSERT_TRUE(apply(plans + users + shop));
  EXPECT_EQ(phase("a"), "Active");
  EXPECT_TRUE(logs_in("team1-shop", "a"));
  EXPECT_EQ(phase("b"), "Pending");
  EXPECT_FALSE(logs_in("team1-shop", "b"));
  EXPECT_THAT(user_status("team1", "shop.b")["message"].get<std::string>(), HasSubstr("allows 1 users"));
  EXPECT_EQ(outcome(plans + users + shop), "0 created, 0 changed, 0 deleted, 7 unchanged");
  ASSERT_TRUE(apply(plans + user_yaml("team1", "shop.b", "b") + shop)) << "there is room now";
  EXPECT_EQ(phase("b"), "Active");
  EXPECT_TRUE(logs_in("team1-shop", "b"));
}

TEST_F(PlanCounting, a_limit_that_grows_or_goes_lets_users_in) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b");
  const std::string plans = service + infra + queue_plan;
  for (const auto* limit : {"messaging-users: 2", "broker: 1"}) {
    ASSERT_TRUE(apply(plans + plan_yaml("messaging-users: 1") + users)) << "without the space";
    ASSERT_TRUE(apply(plans + plan_yaml("messaging-users: 1") + users + shop));
    ASSERT_EQ(phase("b"), "Pending");
    ASSERT_TRUE(apply(plans + plan_yaml(limit) + users + shop));
    EXPECT_EQ(phase("b"), "Active") << limit;
  }
}

TEST_F(PlanCounting, a_limit_that_shrinks_locks_nobody_out) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b");
  ASSERT_TRUE(apply(base + plan_yaml("messaging-users: 2") + users));
  ASSERT_TRUE(apply(base + plan_yaml("messaging-users: 1") + users));
  EXPECT_EQ(phase("b"), "Active");
  EXPECT_TRUE(logs_in("team1-shop", "b"));
}

// As an export of the instance above is applied to an empty one.
TEST_F(PlanCounting, a_folder_with_more_users_than_its_plan_allows_lets_the_first_ones_by_name_in) {
  std::string users;
  for (const std::string name : {"d", "b", "a", "c"}) users += user_yaml("team1", "shop." + name, name);
  for (const int allowed : {2, 0, 3}) {
    ASSERT_TRUE(apply(base + plan_yaml("messaging-users: " + std::to_string(allowed)) + users));
    for (const std::string name : {"a", "b", "c", "d"}) {
      const bool in = name[0] - 'a' < allowed;
      EXPECT_EQ(phase(name), in ? "Active" : "Pending") << name << " of " << allowed;
      EXPECT_EQ(logs_in("team1-shop", name), in) << name << " of " << allowed;
    }
    ASSERT_TRUE(apply("")) << "an empty instance again";
  }
}

TEST_F(PlanCounting, a_plan_that_comes_last_bounds_users_like_one_that_comes_first) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b");
  ASSERT_TRUE(apply(base + users));
  EXPECT_EQ(phase("b"), "Active") << "without a plan nothing limits";
  ASSERT_TRUE(apply(base + users + plan_yaml("messaging-users: 1")));
  EXPECT_EQ(phase("a"), "Active");
  EXPECT_EQ(phase("b"), "Pending");
  EXPECT_FALSE(logs_in("team1-shop", "b"));
}

TEST_F(PlanCounting, a_space_that_names_its_plan_late_is_bounded_all_the_same) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b");
  std::string unplanned = base;
  unplanned.replace(unplanned.find("plan: small"), 11, "plan: nothere");
  ASSERT_TRUE(apply(unplanned + plan_yaml("messaging-users: 1") + users));
  EXPECT_EQ(phase("b"), "Active");
  ASSERT_TRUE(apply(base + plan_yaml("messaging-users: 1") + users));
  EXPECT_EQ(phase("b"), "Pending");
  EXPECT_FALSE(logs_in("team1-shop", "b"));
}

TEST_F(PlanCounting, a_plan_that_is_pending_bounds_and_one_of_the_other_type_does_not) {
  const std::string users = user_yaml("team1", "shop.a", "a") + user_yaml("team1", "shop.b", "b");
  const std::string limits = "messaging-users: 1, logins-per-second: 2, broker: 1";
  const std::string orders = address_yaml("shop.orders", "orders");
  const auto space = [this] { return status(key(store_kind::address_spaces, "team1", "shop")); };
  ASSERT_TRUE(apply(service + queue_plan + shop + users + orders + plan_yaml(limits))) << "infra is missing";
  EXPECT_EQ(space()["loginsPerSecond"], 2);
  EXPECT_EQ(phase("b"), "Pending");
  EXPECT_THAT(space()["messages"].dump(),
              AllOf(HasSubstr("its limits count all the same"), Not(HasSubstr("without its limits"))));

  std::string other_type = plan_yaml(limits);
  other_type.replace(other_type.find("brokered"), 8, "standard");
  ASSERT_TRUE(apply(base + users + orders + other_type));
  EXPECT_FALSE(space().contains("loginsPerSecond"));
  EXPECT_EQ(phase("b"), "Active");
  EXPECT_EQ(address("orders")["phase"], "Active");
  EXPECT_THAT(space()["messages"].dump(),
              AllOf(HasSubstr("without its limits"), Not(HasSubstr("count all the same"))));

  ASSERT_TRUE(apply(base + users + orders + plan_yaml(limits)));
  EXPECT_EQ(space()["loginsPerSecond"], 2);
  EXPECT_EQ(phase("b"), "Pending") << "it became Active where nothing limited";
}

TEST_F(PlanCounting, rules_that_a_service_cannot_express_keep_a_user_pending) {
  const std::string none = service_yaml("standard-authservice", "none");
  ASSERT_TRUE(apply(none + shop + alice));
  EXPECT_EQ(phase("alice"), "Pending");
  EXPECT_THAT(user_status("team1", "shop.alice")["message"].get<std::string>(),
              HasSubstr("is of type none, which lets everybody do everything"));
  ASSERT_TRUE(apply(service + shop + alice));
  EXPECT_EQ(phase("alice"), "Active");
}

TEST_F(PlanCounting, tenants_are_told_what_there_is) {
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1")));
  const auto schema = key(store_kind::address_space_schemas, "", "brokered");
  const json spec = document(schema)["spec"];
  EXPECT_EQ(spec["authenticationServices"], json::array({"standard-authservice"}));
  EXPECT_EQ(spec["plans"], json::parse(R"([{"name":"small","resourceLimits":{"broker":1}}])"));
  EXPECT_EQ(spec["addressTypes"][0],
            json::parse(R"({"name":"queue","plans":[{"name":"a-queue","resources":{"broker":0.5}}]})"));
  EXPECT_EQ(document(key(store_kind::address_space_schemas, "", "standard"))["spec"]["plans"], json::array());
  ASSERT_TRUE(apply(service + shop));
  EXPECT_EQ(document(schema)["spec"]["plans"], json::array());
  EXPECT_THAT(
      outcome("apiVersion: enmasse.io/v1beta1\nkind: AddressSpaceSchema\nmetadata: {name: brokered}\n"),
      HasSubstr("AddressSpaceSchema is made by doorward itself"));
}

TEST_F(PlanCounting, the_logins_that_a_plan_allows_are_those_of_its_spaces) {
  const auto rate = [this] {
    const auto space = status(key(store_kind::address_spaces, "team1", "shop"));
    return space.contains("loginsPerSecond") ? space["loginsPerSecond"].dump() : "any";
  };
  ASSERT_TRUE(apply(base + plan_yaml("logins-per-second: 2.5")));
  EXPECT_EQ(rate(), "2.5");
  ASSERT_TRUE(apply(base + plan_yaml("logins-per-second: 0")));
  EXPECT_EQ(rate(), "0.0");
  ASSERT_TRUE(apply(base + plan_yaml("broker: 1")));
  EXPECT_EQ(rate(), "any");
  ASSERT_TRUE(apply(service + queue_plan + shop + plan_yaml("logins-per-second: 2"))) << "infra is missing";
  EXPECT_EQ(rate(), "2.0") << "as the status says: its limits count all the same";
  EXPECT_THAT(outcome(base + plan_yaml("logins-per-second: -1")),
              HasSubstr("spec.resourceLimits.logins-per-second: must be 0 or more"));
}

}  // namespace
}  // namespace doorward::resources
