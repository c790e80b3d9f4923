// How many objects of each kind a namespace may have that come through the API: at the bound, and one beyond.
#include "server/rest/quota.hpp"

#include "server/rest/large_bodies.hpp"
#include "server/rest/reserved_realms.hpp"
#include "tests/server/rest/house.hpp"

#include <atomic>
#include <future>
#include <thread>

namespace doorward::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string apply_type = "application/apply-patch+yaml";

// The path of a collection, of a namespace where the kind has them.
std::string path_of(const resources::Kind& kind, const std::string& ns = "team1") {
  return "/apis/" + kind.api_version() + (kind.is_namespaced() ? "/namespaces/" + ns : "") + "/" +
         std::string(kind.plural());
}

class QuotaOf : public House {
 protected:
  QuotaOf() { open({.objects = 2, .members = 3}); }
  ~QuotaOf() override { api_.reset(); }

  void open(Quota::Limits limits, InTurn passwords = {}) {
    api_.reset();
    api_ = Api::make({.store = *store_,
                      .authorizer = authorizer_,
                      .settings = options_.settings,
                      .turns = turns_,
                      .passwords = std::move(passwords),
                      .quota = limits,
                      .virtual_resources = {reserved_realms(*store_)}})
               .value();
  }

  static json space(const std::string& name) {
    return {{"apiVersion", "enmasse.io/v1beta1"},
            {"kind", "AddressSpace"},
            {"metadata", {{"name", name}}},
            {"spec", {{"type", "brokered"}, {"plan", "small"}}}};
  }
  // The shortest object of each kind, but for its name.
  static json spec_of(const resources::Kind& kind) {
    static const std::map<std::string_view, json> specs{
        {"AddressPlan", {{"addressType", "queue"}, {"resources", {{"broker", 0}}}}},
        {"AddressSpacePlan",
         {{"addressSpaceType", "brokered"},
          {"addressPlans", json::array()},
          {"resourceLimits", json::object()}}},
        {"AddressSpace", {{"type", "brokered"}, {"plan", "small"}}},
        {"Address", {{"address", "orders"}, {"type", "queue"}, {"plan", "a"}}},
        {"MessagingUser", {{"username", "alice"}, {"authentication", {{"type", "federated"}}}}},
        {"AuthenticationService", {{"type", "standard"}}}};
    const auto found = specs.find(kind.name);
    return found == specs.end() ? json::object() : found->second;
  }
  static json object_of(const resources::Kind& kind, const std::string& name) {
    json object{{"apiVersion", kind.api_version()}, {"kind", kind.name}, {"metadata", {{"name", name}}}};
    if (kind.group != rbac::api_group) {
      object["spec"] = spec_of(kind);
      if (kind.store_kind == resources::store_kind::messaging_users) object["spec"]["username"] = name;
    } else if (kind.plural().ends_with("bindings")) {
      object["roleRef"] = {{"apiGroup", rbac::api_group}, {"kind", "ClusterRole"}, {"name", "any"}};
    } else {
      object["rules"] = json::array();
    }
    return object;
  }
};

TEST_F(QuotaOf, a_namespace_refuses_one_more_in_the_words_of_kubernetes) {
  EXPECT_EQ(post(spaces_path, space("a")).status, 201);
  EXPECT_EQ(post(spaces_path, space("b")).status, 201) << "at the bound";
  const Answer refused = post(spaces_path, space("c"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.reason(), "Forbidden");
  EXPECT_EQ(refused.message(),
            "addressspaces.enmasse.io \"c\" is forbidden: exceeded quota: limits.objectsPerNamespace, "
            "requested: count/addressspaces.enmasse.io=1, used: count/addressspaces.enmasse.io=2, limited: "
            "count/addressspaces.enmasse.io=2: delete what the namespace \"team1\" does not need, or have "
            "the server's setting raised");
  EXPECT_EQ(refused.body["details"]["kind"], "addressspaces");
  EXPECT_EQ(get(spaces_path + "/c").status, 404);
}

TEST_F(QuotaOf, a_namespace_counts_every_kind_by_itself) {
  for (const resources::Kind& kind : resources::kinds()) {
    if (kind.computed) continue;
    const bool is_member = kind.name == "MessagingUser" || kind.name == "Address";
    const std::string setting = is_member ? "limits.membersPerNamespace" : "limits.objectsPerNamespace";
    const auto make = [&](const std::string& name, const std::string& ns) {
      return post(path_of(kind, ns), object_of(kind, is_member ? "shop." + name : name));
    };
    const int room = is_member ? 3 : 2;
    for (int i = 0; i < room; ++i) {
      const Answer made = make("a" + std::to_string(i), "team1");
      EXPECT_EQ(made.status, 201) << kind.name << ": " << made.text();
    }
    const Answer beyond = make("more", "team1");
    EXPECT_EQ(beyond.status, 403) << kind.name;
    EXPECT_THAT(beyond.message(), HasSubstr("exceeded quota: " + setting)) << kind.name;
    EXPECT_THAT(beyond.message(),
                HasSubstr("limited: count/" + std::string(kind.store_kind) + "=" + std::to_string(room)));
    EXPECT_EQ(make("more", "team2").status, kind.is_namespaced() ? 201 : 403)
        << kind.name << ": another namespace has its own";
  }
}

TEST_F(QuotaOf, a_namespace_is_the_same_for_every_verb_that_makes_an_object) {
  json generated = space("");
  generated["metadata"] = {{"generateName", "s-"}};
  const auto apply_space = [&](const std::string& name, const std::string& more = "") {
    return patch(spaces_path + "/" + name + "?fieldManager=ci" + more, space(name), apply_type);
  };
  EXPECT_EQ(post(spaces_path, generated).status, 201);
  EXPECT_EQ(post(spaces_path + "?dryRun=All", space("a")).status, 201);
  EXPECT_EQ(apply_space("a").status, 201) << "a dry run takes no place";
  for (const Answer& refused :
       {post(spaces_path, generated), apply_space("b"), apply_space("b", "&force=true"),
        apply_space("b", "&dryRun=All"), post(spaces_path + "?dryRun=All", space("b"))}) {
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.message(), HasSubstr("exceeded quota"));
  }
  EXPECT_EQ(post(spaces_path, space("a")).status, 409) << "what is there is no matter of room";
  EXPECT_EQ(get(spaces_path).body["items"].size(), 2u);
}

TEST_F(QuotaOf, a_namespace_lets_changes_and_deletions_go_though_it_has_more) {
  ASSERT_TRUE(apply(resources::service + resources::space_yaml("team1", "a") +
                    resources::space_yaml("team1", "b") + resources::space_yaml("team1", "c")))
      << "what a folder brings is not refused";
  EXPECT_EQ(post(spaces_path, space("d")).status, 403) << "but counts";
  const json label{{"metadata", {{"labels", {{"a", "1"}}}}}};
  EXPECT_EQ(patch(spaces_path + "/a", label).status, 200);
  EXPECT_EQ(put(spaces_path + "/b", space("b")).status, 200);
  EXPECT_EQ(patch(spaces_path + "/c?fieldManager=ci&force=true", space("c"), apply_type).status, 200);
  EXPECT_EQ(remove(spaces_path + "/a").status, 200);
  EXPECT_EQ(post(spaces_path, space("d")).status, 403) << "two are the most";
  EXPECT_EQ(remove(spaces_path + "/b").status, 200);
  EXPECT_EQ(post(spaces_path, space("d")).status, 201);
  EXPECT_EQ(remove(spaces_path).status, 200);
  EXPECT_EQ(post(spaces_path, space("e")).status, 201);
}

TEST_F(QuotaOf, a_namespace_counts_users_whom_no_plan_does) {
  const auto make = [this](const std::string& name) { return post(users_path, federated(name)); };
  for (const char* name : {"none.a", "nobody.b", "nothing.c"}) {
    const Answer pending = make(name);
    EXPECT_EQ(pending.status, 201);
    EXPECT_EQ(pending.body["status"]["phase"], "Pending") << "its address space is not there";
  }
  EXPECT_THAT(make("none.d").message(),
              StartsWith("messagingusers.user.enmasse.io \"none.d\" is forbidden: exceeded quota: "
                         "limits.membersPerNamespace, requested: count/messagingusers.user.enmasse.io=1"));
}

TEST_F(QuotaOf, a_namespace_refuses_a_user_before_his_password_is_derived) {
  std::atomic<int> derived = 0;
  open({.objects = 2, .members = 1}, [&](std::string_view, auto, const std::function<void()>& work) {
    ++derived;
    work();
    return true;
  });
  EXPECT_EQ(post(users_path, user("shop.a", "a")).status, 201);
  EXPECT_EQ(post(users_path, user("shop.b", "b")).status, 403);
  EXPECT_EQ(derived, 1);
}

TEST_F(QuotaOf, a_namespace_is_kept_to_beside_other_writers) {
  constexpr int writers = 8, each = 6, room = 20;
  open({.objects = 2, .members = room});
  std::atomic<int> made = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < each; ++i) {
          json object = federated("shop.u" + std::to_string(writer) + "-" + std::to_string(i));
          // Every other one is so large that its first attempt is made without the turn at writing.
          if (i % 2 == 0) object["metadata"]["annotations"]["a"] = std::string(LargeBodies::large, 'x');
          Request create = request("POST", users_path, object.dump());
          create.caller.username = "writer" + std::to_string(writer);
          create.patience = std::chrono::steady_clock::now() + std::chrono::hours(1);
          const int status = ask(create).status;
          made += status == 201;
          refused += status == 403;
        }
      });
    }
  }
  EXPECT_EQ(made, room);
  EXPECT_EQ(refused, writers * each - room);
  EXPECT_EQ(get(users_path).body["items"].size(), static_cast<std::size_t>(room));
}

// One that is prepared between another's commit and the moment in which that is told.
TEST_F(QuotaOf, a_namespace_counts_a_commit_that_nobody_has_been_told_of) {
  std::promise<void> counted;  // the large one's first attempt, when it has found room
  std::future<int> large;
  const auto ask_large = [&] {
    json object = user("shop.large", "large");
    object["metadata"]["annotations"]["a"] = std::string(LargeBodies::large, 'x');
    Request create = request("POST", users_path, object.dump());
    create.patience = std::chrono::steady_clock::now() + std::chrono::hours(1);
    return ask(create).status;
  };
  api_.reset();
  const auto before_all_others = store_->subscribe([&](std::span<const Change>) {
    if (large.valid()) return;
    large = std::async(std::launch::async, ask_large);
    counted.get_future().wait();
  });
  open({.objects = 2, .members = 1}, [&](std::string_view, auto, const std::function<void()>& work) {
    counted.set_value();
    work();
    return true;
  });
  // Counted once, so that it is followed from here on.
  ASSERT_EQ(post(users_path + "?dryRun=All", federated("shop.small")).status, 201);
  EXPECT_EQ(post(users_path, federated("shop.small")).status, 201);
  EXPECT_EQ(large.get(), 403);
  EXPECT_EQ(get(users_path).body["items"].size(), 1u);
}

TEST_F(QuotaOf, a_namespace_bounds_the_realms_that_stay_reserved_for_it) {
  open({.objects = 1, .members = 1});
  const auto come_and_go = [this](const std::string& name) {
    const Answer made = post(spaces_path, space(name));
    if (made.status == 201) EXPECT_EQ(remove(spaces_path + "/" + name).status, 200);
    return made;
  };
  for (std::uint64_t i = 0; i < Quota::realms_for_each_object; ++i)
    EXPECT_EQ(come_and_go("s" + std::to_string(i)).status, 201);
  const Answer refused = come_and_go("more");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(
      refused.message(),
      "addressspaces.enmasse.io \"more\" is forbidden: exceeded quota: limits.objectsPerNamespace, "
      "requested: count/reservedrealms.enmasse.io=1, used: count/reservedrealms.enmasse.io=10, limited: "
      "count/reservedrealms.enmasse.io=10: this is ten times the setting: have some released that no "
      "address space has any more (kubectl delete reservedrealm NAME), or have the server's setting "
      "raised");
  EXPECT_EQ(post(spaces_path + "?dryRun=All", space("more")).status, 403);
  EXPECT_EQ(come_and_go("s3").status, 201) << "which has its realm already";
  EXPECT_EQ(post("/apis/enmasse.io/v1beta1/namespaces/team2/addressspaces", space("more")).status, 201)
      << "another namespace has its own";
  EXPECT_EQ(remove("/apis/enmasse.io/v1beta1/reservedrealms/team1-s3").status, 200);
  EXPECT_EQ(come_and_go("more").status, 201);
}

}  // namespace
}  // namespace doorward::rest
