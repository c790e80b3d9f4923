// How large an object of each kind can be.
#include "server/resources/kinds/object_size.hpp"

#include "server/resources/document/json_access.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::resources {
namespace {

using nlohmann::json;

json of_bytes(std::size_t bytes) {
  json document{{"metadata", {{"labels", {{"a", "b"}}}}}, {"spec", {{"note", ""}}}};
  document["spec"]["note"] = std::string(bytes - to_text(document).size(), 'x');
  return document;
}

TEST(ObjectSize, is_bounded_lower_where_every_write_reads_the_whole_kind) {
  for (const Kind& kind : kinds()) {
    const bool read_whole = kind.name == "AddressSpace" || kind.name == "AddressSpacePlan" ||
                            kind.name == "AddressPlan" || kind.name == "AuthenticationService";
    const std::size_t most = read_whole ? 131'072u : 1'572'864u;
    EXPECT_EQ(max_object_bytes(kind), most) << kind.name;
    if (kind.name != "AddressSpace" && kind.name != "MessagingUser") continue;  // one of each is enough
    EXPECT_FALSE(check_size(kind, of_bytes(most))) << kind.name;
    const auto fault = check_size(kind, of_bytes(most + 1));
    ASSERT_TRUE(fault) << kind.name;
    EXPECT_EQ(fault->field, "spec");
    EXPECT_EQ(fault->message, "the object takes " + std::to_string(most + 1) +
                                  " bytes as JSON: use at most " + std::to_string(most) + " for this kind");
  }
}

TEST(ObjectSize, has_room_for_a_user_with_ten_thousand_addresses) {
  json addresses = json::array();
  for (int i = 0; i < 10'000; ++i) addresses.push_back(std::string(128, 'a') + std::to_string(i));
  const json user{
      {"spec", {{"authorization", {{{"addresses", addresses}, {"operations", {"send", "recv"}}}}}}}};
  EXPECT_FALSE(check_size(*find_kind(store_kind::messaging_users), user));
}

}  // namespace
}  // namespace doorward::resources
