// Objects of a server that answers, refuses, or is not there.
#include "server/commands/remote_objects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const ObjectKey space{"addressspaces.enmasse.io", "team1", "shop"};
const ObjectKey plan{"addressspaceplans.admin.enmasse.io", "infra", "small"};

TEST(RemoteObjects, are_read_where_the_rest_api_has_them) {
  std::vector<std::string> asked;
  RemoteObjects objects([&](const ApiRequest& request) -> Result<ApiAnswer> {
    asked.push_back(request.method + " " + request.path);
    return ApiAnswer{.status = 200, .body = {{"kind", "AddressSpace"}}};
  });
  EXPECT_EQ(objects.find(space), json::object({{"kind", "AddressSpace"}}));
  EXPECT_EQ(objects.fault(), "");
  EXPECT_THAT(asked, ElementsAre("GET /apis/enmasse.io/v1beta1/namespaces/team1/addressspaces/shop"));
}

TEST(RemoteObjects, that_do_not_exist_are_null_and_no_fault) {
  RemoteObjects objects([](const ApiRequest&) -> Result<ApiAnswer> {
    return ApiAnswer{.status = 404, .body = {{"message", "not found"}}};
  });
  EXPECT_TRUE(objects.find(space).is_null());
  EXPECT_EQ(objects.fault(), "");
}

TEST(RemoteObjects, tell_of_the_first_that_could_not_be_asked_for) {
  RemoteObjects objects([](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.path.contains("addressspaceplans"))
      return ApiAnswer{.status = 403, .body = {{"message", "who are you"}}};
    return fail(ErrorCode::unavailable, "the server is away");
  });
  EXPECT_TRUE(objects.find(plan).is_null());
  EXPECT_TRUE(objects.find(space).is_null());
  EXPECT_THAT(objects.fault(), HasSubstr("/namespaces/infra/addressspaceplans/small: who are you"));
}

TEST(RemoteObjects, of_a_server_that_does_not_answer_say_why) {
  RemoteObjects objects([](const ApiRequest&) -> Result<ApiAnswer> {
    return fail(ErrorCode::unavailable, "the server is away");
  });
  EXPECT_TRUE(objects.find(space).is_null());
  EXPECT_EQ(objects.fault(), "the server is away");
}

}  // namespace
}  // namespace doorward
