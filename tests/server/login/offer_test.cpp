// What a listener offers: no more than its realms can do.
#include "mechanisms/catalogue.hpp"
#include "tests/server/login/house.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::Contains;
using testing::ElementsAreArray;
using testing::Not;

const ObjectRef standard{"infra", "standard"};
const ObjectRef none{"infra", "none"};

struct Offered {
  std::string_view behaviour;
  std::optional<ObjectRef> service;
  std::string_view realm;
  std::string_view sni;
  ServiceType as;
};

TEST(Offer, is_that_of_what_the_listener_or_the_client_names) {
  LoginHouse house;
  const Offered cases[] = {
      {"the listener's service", none, "", "", ServiceType::none},
      {"the listener's service, whatever the SNI says", standard, "", "open", ServiceType::standard},
      {"the listener's realm", std::nullopt, "open", "", ServiceType::none},
      {"the listener's realm, whatever the SNI says", std::nullopt, "shop", "open", ServiceType::standard},
      {"the realm that the SNI names", std::nullopt, "", "open", ServiceType::none},
      {"a service of the listener that is not there", ObjectRef{"infra", "gone"}, "", "",
       ServiceType::standard},
      {"a realm of the listener that is not there", std::nullopt, "gone", "open", ServiceType::standard},
      {"a realm that is not ready", std::nullopt, "asleep", "", ServiceType::standard},
  };
  for (const Offered& c : cases) {
    for (const bool plain_allowed : {true, false}) {
      EXPECT_THAT(house.logins->offer(c.service, c.realm, c.sni, plain_allowed),
                  ElementsAreArray(offered_mechanisms(c.as, plain_allowed)))
          << c.behaviour;
    }
  }
}

TEST(Offer, is_the_union_over_all_services_where_nothing_narrows_it) {
  LoginHouse house;
  for (const std::string_view sni : {"", "nonsense", "10.0.0.1"}) {
    auto expected = offered_mechanisms(ServiceType::standard, true);
    for (const std::string_view name : offered_mechanisms(ServiceType::none, true)) {
      if (name != "PLAIN") expected.push_back(name);
    }
    EXPECT_THAT(house.logins->offer(std::nullopt, "", sni, true), ElementsAreArray(expected));
  }
  EXPECT_THAT(house.logins->offer(std::nullopt, "", "", false), Not(Contains("PLAIN")));
}

TEST(Offer, is_the_standard_one_where_a_lone_service_has_no_address_space_and_where_there_is_none) {
  LoginHouse house;
  house.set_realms({}, {{standard, ServiceType::standard}});
  EXPECT_THAT(house.logins->offer(std::nullopt, "", "", true),
              ElementsAreArray(offered_mechanisms(ServiceType::standard, true)));
  house.set_realms({}, {});
  EXPECT_THAT(house.logins->offer(std::nullopt, "", "", true),
              ElementsAreArray(offered_mechanisms(ServiceType::standard, true)));
}

TEST(Offer, follows_the_services_that_there_are) {
  LoginHouse house;
  house.set_realms({service_of("open", ServiceType::none)}, {{none, ServiceType::none}});
  EXPECT_THAT(house.logins->offer(std::nullopt, "", "", true),
              ElementsAreArray(offered_mechanisms(ServiceType::none, true)));
}

}  // namespace
}  // namespace doorward
