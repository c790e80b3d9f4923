// What addresses take of a plan, counted between writes: the same as when all of them are looked at.
#include "server/resources/address_book.hpp"

#include "server/resources/prepare.hpp"
#include "server/resources/reconcile.hpp"
#include "tests/server/resources/workbench.hpp"

#include <random>

namespace doorward::resources {
namespace {

using nlohmann::json;

const std::string infra =
    "---\napiVersion: admin.enmasse.io/v1beta1\nkind: BrokeredInfraConfig\nmetadata: {name: small}\nspec: "
    "{}\n";

std::string space_plan(const std::string& broker) {
  return "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressSpacePlan\nmetadata: {name: small}\nspec: "
         "{addressSpaceType: brokered, infraConfigRef: small, addressPlans: [a, b], resourceLimits: "
         "{broker: " +
         broker + "}}\n";
}
std::string address_plan(const std::string& name, const std::string& broker) {
  return "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressPlan\nmetadata: {name: " + name +
         "}\nspec: {addressType: queue, resources: {broker: " + broker + "}}\n";
}
std::string address_yaml(const std::string& name, const std::string& address, const std::string& plan) {
  return "---\napiVersion: enmasse.io/v1beta1\nkind: Address\nmetadata: {namespace: team1, name: shop." +
         name + "}\nspec: {address: " + address + ", plan: " + plan + ", type: queue}\n";
}

class AddressBookOf : public Workbench {
 protected:
  AddressBookOf() { options_.prune = false; }

  void remove(Store& store, const Settings& settings, const std::string& name) {
    Workspace workspace(store);
    prepare_removal(workspace, key(store_kind::addresses, "team1", "shop." + name));
    ASSERT_TRUE(reconcile(workspace, settings, "2026-01-01T00:00:00Z").empty());
    ASSERT_TRUE(store.commit(workspace.writes("2026-01-01T00:00:00Z").value()));
  }
  std::optional<OtherAddresses> others(const std::string& name, const std::string& address) {
    return options_.settings.address_book->others(*store_, {"team1", "shop"}, "shop." + name, address);
  }
};

TEST_F(AddressBookOf, a_space_says_what_the_others_have) {
  ASSERT_TRUE(apply(service + infra + space_plan("1") + address_plan("a", "0.1") + shop));
  EXPECT_EQ(others("x", "q")->waiting, 0u);
  ASSERT_TRUE(apply(address_yaml("x", "q", "a") + address_yaml("y", "r", "a") + address_yaml("z", "s", "b")));
  const auto of_x = others("x", "q"), of_w = others("w", "q");
  ASSERT_TRUE(of_x && of_w);
  EXPECT_EQ(of_x->by_plan, (std::map<std::string, std::uint64_t, std::less<>>{{"a", 1}}));
  EXPECT_EQ(of_w->by_plan, (std::map<std::string, std::uint64_t, std::less<>>{{"a", 2}}));
  EXPECT_EQ(of_x->waiting, 1u) << "the plan of z is not there";
  EXPECT_FALSE(of_x->has_it);
  EXPECT_TRUE(of_w->has_it);
  EXPECT_EQ(others("z", "q")->waiting, 0u);
  remove(*store_, options_.settings, "x");
  EXPECT_FALSE(others("w", "q")->has_it);
  EXPECT_EQ(others("w", "q")->by_plan.at("a"), 1u);
}

TEST_F(AddressBookOf, a_space_is_read_anew_once_history_is_gone) {
  ASSERT_TRUE(apply(service + infra + space_plan("1") + address_plan("a", "0.1") + shop));
  ASSERT_TRUE(apply(address_yaml("x", "q", "a")));
  ASSERT_TRUE(others("w", "q")->has_it);
  ASSERT_TRUE(apply(address_yaml("y", "r", "a")));
  ASSERT_TRUE(apply(address_yaml("z", "s", "a")));
  ASSERT_TRUE(store_->compact(version()));
  EXPECT_FALSE(others("w", "q")) << "what happened meanwhile is not known";
  EXPECT_EQ(others("w", "q")->by_plan.at("a"), 3u);
}

TEST_F(AddressBookOf, more_addresses_than_it_may_remember_says_nothing) {
  AddressBook small(2);
  const auto known = [&](const char* space) {
    return small.others(*store_, {"team1", space}, "shop.w", "q").has_value();
  };
  ASSERT_TRUE(apply(address_yaml("x", "q", "a") + address_yaml("y", "r", "a")));
  EXPECT_TRUE(known("shop"));
  EXPECT_TRUE(known("other")) << "which has none";
  ASSERT_TRUE(apply(address_yaml("z", "s", "a")));
  EXPECT_FALSE(known("shop"));
  EXPECT_TRUE(known("other"));
  remove(*store_, options_.settings, "z");
  EXPECT_TRUE(known("shop"));
}

// A write reads the others where it has to, and nowhere else: then what it says of them is the same.
TEST_F(AddressBookOf, a_space_leads_to_the_same_statuses_as_a_look_at_all_of_its_addresses) {
  TemporaryFolder folder;
  const auto other = open_sqlite_store(folder.path() / "doorward.db").value();
  ApplyOptions looking = options_;
  looking.settings.address_book = nullptr;
  const auto both = [&](const std::string& yaml) {
    ASSERT_TRUE(apply(yaml));
    ASSERT_TRUE(resources::apply(*other, read_yaml(yaml, "m.yaml"), looking));
  };
  both(service + infra + space_plan("1") + address_plan("a", "0.2") + address_plan("b", "0.35"));
  std::minstd_rand random(11);
  std::size_t waited = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string name(1, static_cast<char>('a' + random() % 7));
    const auto at = key(store_kind::addresses, "team1", "shop." + name);
    switch (random() % 12) {
      case 0:
        both(shop);
        break;
      case 1:
        both(space_plan(random() % 2 == 0 ? "1" : "0.6"));
        break;
      case 2:
        both(address_plan("a", random() % 2 == 0 ? "0.2" : "0.3"));
        break;
      case 3:
      case 4:
      case 5:
        if (!exists(at)) break;
        remove(*store_, options_.settings, name);
        remove(*other, looking.settings, name);
        break;
      default:  // sometimes an address that another one has, and a plan that is not there
        both(address_yaml(name, std::string(1, static_cast<char>('p' + random() % 9)),
                          std::string(1, static_cast<char>('a' + (random() % 8 == 0 ? 2 : random() % 2)))));
    }
    for (const auto& stored : store_->list({.kind = std::string(store_kind::addresses)}).value().objects) {
      const auto there = other->get(stored.key);
      ASSERT_TRUE(there) << i;
      const json ours = json::parse(stored.document)["status"];
      ASSERT_EQ(ours, json::parse(there->document)["status"]) << i << " " << stored.key.name;
      waited += ours["phase"] == "Pending";
    }
  }
  EXPECT_GT(waited, 100u);
}

}  // namespace
}  // namespace doorward::resources
