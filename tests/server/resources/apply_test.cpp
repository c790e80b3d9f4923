// A set of manifests applied as a whole: exactly what differs in one commit, what is owned and no longer
// there, and what follows for users and address spaces.
#include "server/resources/apply.hpp"

#include "tests/server/resources/workbench.hpp"

#include <algorithm>
#include <functional>

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Apply : public Workbench {};

TEST_F(Apply, makes_a_user_that_logs_in) {
  EXPECT_EQ(outcome(service + shop + alice), "3 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_FALSE(logs_in("team1-shop", "alice", "pencils"));
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Active");
}

TEST_F(Apply, writes_nothing_the_second_time) {
  const std::string yaml = service + shop + alice + user_yaml("team1", "other.bob", "bob");
  ASSERT_TRUE(apply(yaml));
  const auto version_before = version();
  EXPECT_EQ(outcome(yaml), "0 created, 0 changed, 0 deleted, 4 unchanged");
  EXPECT_EQ(version(), version_before);
}

TEST_F(Apply, does_not_care_for_the_order_of_the_documents) {
  std::vector<std::string> documents{service, shop, alice, user_yaml("team1", "shop.bob", "bob")};
  std::ranges::sort(documents);
  json first;
  do {
    std::string yaml;
    for (const auto& document : documents) yaml += document;
    ASSERT_TRUE(apply("{apiVersion: v1, kind: List, items: []}"));
    ASSERT_TRUE(apply(yaml));
    EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Active");
    EXPECT_TRUE(logs_in("team1-shop", "bob"));
    json now = space_status("team1", "shop");
    if (first.is_null()) first = now;
    EXPECT_EQ(now, first);
  } while (std::ranges::next_permutation(documents).found);
}

TEST_F(Apply, unfolds_lists_and_keeps_their_lines) {
  EXPECT_EQ(outcome("apiVersion: v1\nkind: List\nitems:\n- apiVersion: admin.enmasse.io/v1beta1\n  kind: "
                    "AuthenticationService\n  metadata: {name: a}\n  spec: {type: none}\n"
                    "---\napiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationServiceList\nitems:\n"
                    "- metadata: {name: b}\n  spec: {type: none}\n"),
            "2 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_THAT(outcome("apiVersion: v1\nkind: List\nitems:\n- apiVersion: admin.enmasse.io/v1beta1\n  kind: "
                      "AuthenticationService\n  metadata: {name: a}\n  spec:\n    type: some\n"),
              StartsWith("m.yaml:8: AuthenticationService default/a: spec.type: "));
  EXPECT_THAT(outcome("apiVersion: v1\nkind: List\nitems: [x, [y], {kind: List}]\n"),
              HasSubstr("m.yaml:3: "));
}

TEST_F(Apply, remarks_on_users_whose_address_space_is_not_there_once_for_each_space) {
  const auto report = apply(service + shop + alice + user_yaml("team1", "ship.bob", "bob") +
                            user_yaml("team1", "ship.carol", "carol"));
  ASSERT_TRUE(report);
  EXPECT_THAT(
      report->waiting,
      ElementsAre("MessagingUser team1/ship.bob (and 1 more): AddressSpace team1/ship does not exist: the "
                  "user becomes Active when it does. Apply it, or correct metadata.namespace, which is "
                  "\"team1\", or metadata.name, which is SPACE.USER"));
  EXPECT_THAT(report->remarks, IsEmpty());
}

TEST_F(Apply, that_is_stopped_writes_nothing_and_may_be_tried_again) {
  std::stop_source source;
  options_.stop = source.get_token();
  source.request_stop();
  const auto report = apply(service + shop + alice);
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().retry);
  EXPECT_THAT(report.error().faults, IsEmpty());
  EXPECT_EQ(version(), 0u);
}

TEST_F(Apply, an_owner_owns_what_it_applied_until_it_is_gone) {
  EXPECT_FALSE(owns_anything(*store_, "resources").value());
  ASSERT_TRUE(apply(service));
  EXPECT_TRUE(owns_anything(*store_, "resources").value());
  EXPECT_FALSE(owns_anything(*store_, "somebody").value());
  ASSERT_TRUE(apply("{apiVersion: v1, kind: List, items: []}"));
  EXPECT_FALSE(owns_anything(*store_, "resources").value());
}

TEST_F(Apply, takes_older_versions_of_the_same_shape) {
  ASSERT_TRUE(apply(
      "apiVersion: enmasse.io/v1alpha1\nkind: AddressSpace\nmetadata: {name: shop}\nspec: {type: standard, "
      "plan: p}\n"));
  EXPECT_EQ(document(space("default", "shop"))["apiVersion"], "enmasse.io/v1beta1");
}

TEST_F(Apply, passes_over_what_is_for_prometheus_and_says_so) {
  const auto report =
      apply("\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\n");
  ASSERT_TRUE(report);
  EXPECT_THAT(report->remarks, ElementsAre("m.yaml:2: \"PrometheusRule\" is for Prometheus: passed over"));
  EXPECT_EQ(version(), 0u);
}

TEST_F(Apply, drops_what_the_server_sets_and_what_is_null) {
  ASSERT_TRUE(
      apply("apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\n"
            "metadata: {name: a, uid: x, resourceVersion: '7', generation: 9, creationTimestamp: null, "
            "labels: {b: c}}\n"
            "spec: {type: none, realm: null}\nstatus: {phase: Failed}\n"));
  EXPECT_EQ(document(key(store_kind::authentication_services, "default", "a")),
            json::parse(R"({"apiVersion":"admin.enmasse.io/v1beta1","kind":"AuthenticationService",
                            "metadata":{"labels":{"b":"c","doorward.io/applied-by":"resources"}},
                            "spec":{"type":"none"},"status":{"phase":"Active"}})"));
  const auto object = store_->get(key(store_kind::authentication_services, "default", "a")).value();
  EXPECT_THAT(object.uid,
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_THAT(object.created_at,
              testing::MatchesRegex("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
  EXPECT_EQ(object.generation, 1u);
}

TEST_F(Apply, a_changed_spec_is_a_new_generation_and_a_changed_label_is_none) {
  ASSERT_TRUE(apply(service + shop + alice));
  const auto first = store_->get(user("shop.alice")).value();
  ASSERT_TRUE(
      apply(service + shop +
            user_yaml("team1", "shop.alice", "alice", "password: cGVuY2ls", "  - {operations: [manage]}\n")));
  const auto second = store_->get(user("shop.alice")).value();
  EXPECT_EQ(second.generation, 2u);
  EXPECT_EQ(second.uid, first.uid);
  EXPECT_EQ(second.created_at, first.created_at);
  EXPECT_EQ(user_status("team1", "shop.alice")["generation"], 2);
  EXPECT_EQ(store_->find_user("team1-shop", "alice", Patience::some_seconds).value()->authorization.size(),
            2u);
  ASSERT_TRUE(apply(
      service + shop +
      "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {namespace: team1, "
      "name: shop.alice, labels: {a: b}}\nspec:\n  username: alice\n  authentication: {type: password}\n"
      "  authorization:\n  - addresses: [orders]\n    operations: [send, recv]\n"
      "  - {operations: [manage]}\n"));
  const auto third = store_->get(user("shop.alice")).value();
  EXPECT_EQ(third.generation, 2u);
  EXPECT_GT(third.version, second.version);
}

TEST_F(Apply, deletes_what_it_applied_and_no_longer_finds) {
  ASSERT_TRUE(apply(service + shop + alice + user_yaml("team1", "shop.bob", "bob")));
  EXPECT_EQ(outcome(service + shop + alice), "0 created, 0 changed, 1 deleted, 3 unchanged");
  EXPECT_FALSE(exists(user("shop.bob")));
  EXPECT_FALSE(logs_in("team1-shop", "bob"));
}

TEST_F(Apply, keeps_it_without_pruning) {
  ASSERT_TRUE(apply(service + shop + alice));
  options_.prune = false;
  EXPECT_EQ(outcome(service), "0 created, 0 changed, 0 deleted, 1 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

TEST_F(Apply, leaves_alone_what_somebody_else_made) {
  options_.owner = "somebody";
  ASSERT_TRUE(apply(service + shop + alice));
  options_.owner = "resources";
  EXPECT_EQ(outcome(user_yaml("team1", "shop.bob", "bob")), "1 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_EQ(outcome("{apiVersion: v1, kind: List, items: []}"),
            "0 created, 0 changed, 1 deleted, 0 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_THAT(outcome(user_yaml("team1", "shop.bob", "alice")),
              HasSubstr("is the username of MessagingUser team1/shop.alice"));
}

TEST_F(Apply, an_address_space_takes_its_users_along_whoever_made_them) {
  ASSERT_TRUE(apply(service + shop));
  options_.owner = "somebody";
  options_.prune = false;
  ASSERT_TRUE(
      apply(alice + user_yaml("team1", "shopping.bob", "bob") + user_yaml("team2", "shop.carol", "carol")));
  options_.owner = "resources";
  options_.prune = true;
  const auto before = version();
  const auto report = apply(service);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->deleted, 2u);
  EXPECT_THAT(
      report->remarks,
      testing::ElementsAre("AddressSpace team1/shop: the deletion of an address space takes its users "
                           "and addresses with it: 1 user"));
  EXPECT_THAT(changes_since(before),
              testing::UnorderedElementsAre("deleted team1/shop", "deleted team1/shop.alice"));
  EXPECT_TRUE(exists(user("shopping.bob")));
}

TEST_F(Apply, an_address_space_that_nobody_is_in_goes_without_a_remark) {
  ASSERT_TRUE(apply(service + shop));
  const auto report = apply(service);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->deleted, 1u);
  EXPECT_THAT(report->remarks, IsEmpty());
}

TEST_F(Apply, a_realm_stays_reserved_for_the_namespace_that_had_it) {
  ASSERT_TRUE(apply(service + space_yaml("a", "b-c")));
  ASSERT_TRUE(apply(service));
  EXPECT_THAT(outcome(service + space_yaml("a-b", "c")),
              AllOf(HasSubstr("\nheld back: m.yaml:9: AddressSpace a-b/c: realm \"a-b-c\" "),
                    HasSubstr("choose another realm")));
  EXPECT_FALSE(exists(space("a-b", "c")));
  EXPECT_EQ(outcome(service + space_yaml("a", "b-c")), "1 created, 0 changed, 0 deleted, 1 unchanged");
}

TEST_F(Apply, warns_of_what_delegates_read_differently_when_it_is_written) {
  const std::string yaml =
      service + shop +
      user_yaml("team1", "shop.alice", "alice", "password: cGVuY2ls",
                "  - {addresses: ['a/#'], operations: [recv]}\n  - {operations: [view]}\n");
  const auto first = apply(yaml);
  ASSERT_TRUE(first);
  EXPECT_THAT(first->remarks,
              ElementsAre(AllOf(StartsWith("MessagingUser team1/shop.alice: "), HasSubstr("#")),
                          AllOf(StartsWith("MessagingUser team1/shop.alice: "), HasSubstr("monitor"))));
  EXPECT_THAT(apply(yaml)->remarks, IsEmpty());
}

TEST_F(Apply, remarks_on_a_password_that_ends_with_a_line_break) {
  const auto told = [&](const std::string& password) {
    return apply(service + shop +
                 user_yaml("team1", "shop.alice", "alice", "password: " + base64_encode(password)))
        ->remarks;
  };
  EXPECT_THAT(told("secret\n"), ElementsAre(HasSubstr("printf %s PASSWORD | base64")));
  EXPECT_THAT(told("secret"), IsEmpty());
}

// The store, with something that happens before each commit or list.
class Interposed final : public Store {
 public:
  explicit Interposed(Store& store) : store_(store) {}

  std::function<void()> before_commit = [] {};
  std::function<void()> before_list = [] {};
  bool locked = false;

  Result<std::vector<ResourceVersion>> commit(std::span<const Write> writes) override {
    before_commit();
    return store_.commit(writes);
  }
  Result<StoredObject> get(const ObjectKey& key) const override { return store_.get(key); }
  Result<StoredObject> get_at(const ObjectKey& key, ResourceVersion version) const override {
    return store_.get_at(key, version);
  }
  Result<ObjectList> list(const ListRange& range) const override {
    before_list();
    if (locked) return fail(ErrorCode::unavailable, "the store is locked");
    return store_.list(range);
  }
  Result<std::map<std::string, std::uint64_t>> phases(std::string_view kind) const override {
    return store_.phases(kind);
  }
  Result<ResourceVersion> version() const override { return store_.version(); }
  Result<std::vector<Change>> changes_after(ResourceVersion version, std::size_t limit) const override {
    return store_.changes_after(version, limit);
  }
  Result<> compact(ResourceVersion version) override { return store_.compact(version); }
  Result<UserSnapshot> find_user(std::string_view realm, std::string_view username,
                                 Patience p) const override {
    return store_.find_user(realm, username, p);
  }
  Result<std::vector<CredentialShape>> credential_shapes(std::string_view realm, Patience p) const override {
    return store_.credential_shapes(realm, p);
  }
  Result<LoginRecord> login_record(const ObjectKey& key) const override { return store_.login_record(key); }
  Result<OwnedRealms> owned_realms() const override { return store_.owned_realms(); }
  Result<std::vector<ReservedRealm>> reserved_realms() const override { return store_.reserved_realms(); }
  Result<> release_realm(const Realm& realm) override { return store_.release_realm(realm); }
  Result<Secret> shared_key(std::string_view name) override { return store_.shared_key(name); }
  std::shared_ptr<void> subscribe(Subscriber subscriber) override { return store_.subscribe(subscriber); }

 private:
  Store& store_;
};

class ApplyBesideOthers : public Apply {
 protected:
  void other_applies(const std::string& yaml) {
    ApplyOptions others = options_;
    others.prune = false;
    others.owner = "somebody";
    ASSERT_TRUE(resources::apply(*store_, read_yaml(yaml, "other.yaml"), others));
  }
  std::expected<ApplyReport, ApplyRefusal> apply_to(Store& store, const std::string& yaml) {
    return resources::apply(store, read_yaml(yaml, "m.yaml"), options_);
  }
};

const std::string open_service = service_yaml("standard-authservice", "none");

TEST_F(ApplyBesideOthers, begins_again_when_somebody_wrote_the_same_objects) {
  ASSERT_TRUE(apply(service + shop));
  Interposed store(*store_);
  int commits = 0;
  store.before_commit = [&] {
    if (++commits == 1) other_applies(service_yaml("standard-authservice", "standard", "  standard: {}\n"));
    if (commits == 2) other_applies(alice);
  };
  ASSERT_TRUE(apply_to(store, open_service + shop + alice));
  EXPECT_EQ(commits, 3) << "once for the service that changed, once for the user that was there already";
  EXPECT_EQ(space_status("team1", "shop")["authenticationService"]["type"], "none");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

TEST_F(ApplyBesideOthers, begins_again_when_somebody_wrote_what_it_has_read) {
  ASSERT_TRUE(apply(service));
  options_.prune = false;
  Interposed store(*store_);
  int lists = 0;
  store.before_list = [&] {
    if (++lists == 2) other_applies(open_service);
  };
  ASSERT_TRUE(apply_to(store, shop));
  EXPECT_EQ(space_status("team1", "shop")["authenticationService"]["type"], "none");
}

TEST_F(ApplyBesideOthers, gives_up_for_now_when_others_are_always_faster) {
  ASSERT_TRUE(apply(service));
  Interposed store(*store_);
  int commits = 0;
  store.before_commit = [&] {
    other_applies(
        service_yaml("standard-authservice", "standard", "  realm: r" + std::to_string(++commits) + "\n"));
  };
  const auto report = apply_to(store, open_service + shop);
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().retry);
  EXPECT_THAT(texts(report.error().faults),
              ElementsAre("others kept changing the same objects: nothing was applied"));
  EXPECT_FALSE(exists(space("team1", "shop")));
}

TEST_F(ApplyBesideOthers, answers_a_store_that_cannot_be_read_without_blaming_the_manifests) {
  Interposed store(*store_);
  store.locked = true;
  const auto result = apply_to(store, service + alice);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().retry);
  EXPECT_THAT(texts(result.error().faults), ElementsAre("the store is locked"));
  EXPECT_EQ(version(), 0u);
}

}  // namespace
}  // namespace doorward::resources
