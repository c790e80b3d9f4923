#include "store/model/realms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::Pointee;

RealmService realm(const char* name, ServiceType type) {
  return {.realm = Realm::parse(name).value(),
          .address_space = {"team", name},
          .service = {"infra", std::string(to_string(type))},
          .type = type,
          .ready = true};
}

TEST(RealmTable, finds_a_realm_by_its_exact_name) {
  const RealmTable table({realm("shop", ServiceType::standard), realm("lab", ServiceType::none)}, {});
  ASSERT_THAT(table.find("shop"), NotNull());
  EXPECT_EQ(table.find("shop")->type, ServiceType::standard);
  EXPECT_EQ(table.find("lab")->address_space.text(), "team/lab");
  EXPECT_EQ(table.size(), 2U);
  for (const char* other : {"", "Shop", "shop.", "sho", "auth"})
    EXPECT_THAT(table.find(other), IsNull()) << other;
}

TEST(RealmTable, knows_the_only_realm_when_there_is_just_one) {
  EXPECT_THAT(RealmTable().only(), IsNull());
  const RealmTable one({realm("shop", ServiceType::standard)}, {});
  ASSERT_THAT(one.only(), NotNull());
  EXPECT_EQ(one.only()->realm.text(), "shop");
  EXPECT_THAT(RealmTable({realm("a", ServiceType::none), realm("b", ServiceType::none)}, {}).only(),
              IsNull());
}

TEST(RealmTable, lists_each_type_of_service_once_and_in_one_order) {
  const RealmTable table({}, {{{"infra", "c"}, ServiceType::external},
                              {{"infra", "a"}, ServiceType::none},
                              {{"infra", "b"}, ServiceType::none}});
  EXPECT_THAT(table.types(), ElementsAre(ServiceType::none, ServiceType::external));
  EXPECT_THAT(RealmTable().types(), IsEmpty());
  EXPECT_THAT(table.service({"infra", "c"}), Pointee(ServiceType::external));
  EXPECT_THAT(table.service({"other", "c"}), IsNull());
}

}  // namespace
}  // namespace doorward
