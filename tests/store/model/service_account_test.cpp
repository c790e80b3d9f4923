// Which user names are those of service accounts.
#include "store/model/service_account.hpp"

#include <string>

#include <gtest/gtest.h>

namespace doorward {
namespace {

TEST(ServiceAccountName, is_a_namespace_and_a_name_behind_the_prefix) {
  const std::string longest = "system:serviceaccount:" + std::string(63, 'n') + ":" + std::string(63, 'a');
  for (const std::string& name : {std::string("system:serviceaccount:team1:shop"),
                                  std::string("system:serviceaccount:team-1:shop.v1-2"), longest}) {
    EXPECT_TRUE(is_service_account_name(name)) << name;
  }
  const std::string too_long = "system:serviceaccount:" + std::string(64, 'n') + ":a";
  for (const std::string& name :
       {std::string(), std::string("shop"), std::string("system:serviceaccount:"),
        std::string("system:serviceaccount:team1"), std::string("system:serviceaccount::shop"),
        std::string("system:serviceaccount:team1:"), std::string("system:serviceaccount:team1:shop:x"),
        std::string("system:serviceaccount:Team1:shop"), std::string("system:serviceaccount:a.b:shop"),
        std::string("system:serviceaccounts:team1"), std::string("system:node:worker1"),
        std::string("xsystem:serviceaccount:team1:shop"), std::string(any_service_account), too_long}) {
    EXPECT_FALSE(is_service_account_name(name)) << name;
  }
}

}  // namespace
}  // namespace doorward
