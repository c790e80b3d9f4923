// How large an object can become, by one write or by many.
#include "server/resources/kinds/object_size.hpp"
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;

using ObjectSizes = House;

TEST_F(ObjectSizes, bound_an_address_space_whatever_fills_it) {
  const std::size_t most = resources::max_bytes_read_whole;
  const auto space = [](std::size_t blank) {
    return json{{"apiVersion", "enmasse.io/v1beta1"},
                {"kind", "AddressSpace"},
                {"metadata", {{"name", "shop"}, {"namespace", "team1"}}},
                {"spec",
                 {{"type", "brokered"},
                  {"plan", "small"},
                  {"networkPolicy", {{"egress", json::array({std::string(blank, 'x')})}}}}}};
  };
  ASSERT_EQ(post(spaces_path, space(0)).status, 201);
  json small = document(resources::Workbench::space("team1", "shop"));
  small.erase("status");
  const std::size_t room = most - resources::to_text(small).size();
  const std::string path = spaces_path + "/shop";
  EXPECT_EQ(put(path, space(room)).status, 200);
  const Answer refused = put(path, space(room + 1));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body["details"]["causes"][0]["field"], "spec");
  EXPECT_THAT(refused.message(), HasSubstr("takes 131073 bytes as JSON: use at most 131072"));
  EXPECT_EQ(patch(path, {{"metadata", {{"labels", {{"a", "b"}}}}}}).status, 422) << "nor by patches";

  const auto applied_by = [&](const std::string& manager) {
    return patch(path + "?force=true&fieldManager=" + manager, space(room - 2'000),
                 "application/apply-patch+yaml");
  };
  EXPECT_EQ(applied_by("ci").status, 200) << "the object, and what its manager applied";
  const Answer more = applied_by("ops");
  EXPECT_EQ(more.status, 413) << more.text();
  EXPECT_THAT(more.message(), HasSubstr("use at most 262144, with less in it, or with fewer managers"));

  json status = get(path).body;
  status["status"]["messages"] = json::array({std::string(2 * most, 'x')});
  EXPECT_EQ(put(path + "/status", status).status, 413);
}

}  // namespace
}  // namespace doorward::rest
