// What is written as a password is in nothing that leaves.
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string json_patch_type = "application/json-patch+json";

class PasswordsOf : public House {
 protected:
  std::string alice_path_ = users_path + "/shop.alice";
};

TEST_F(PasswordsOf, users_never_come_back) {
  seed();
  const std::string password = base64_encode("pencil"), other = base64_encode("eraser");
  json object = user("shop.alice", "alice");
  object["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", object.dump()}};
  json replaced = object;
  replaced["spec"]["authentication"]["password"] = other;
  const std::vector<Request> requests{
      request("POST", users_path + "?dryRun=All", object.dump()),
      request("POST", users_path, object.dump()),
      request("GET", alice_path_),
      request("GET", users_path),
      request("PUT", alice_path_, replaced.dump()),
      request("PATCH", alice_path_, replaced.dump(), "application/merge-patch+json"),
      request("PATCH", alice_path_,
              R"([{"op":"add","path":"/spec/authentication/password","value":")" + other + "\"}]",
              json_patch_type),
      request("PATCH", alice_path_,
              R"([{"op":"copy","from":"/spec/authentication/password","path":"/metadata/labels"}])",
              json_patch_type),
      request("PATCH", alice_path_ + "?fieldManager=me&force=true", replaced.dump(),
              "application/apply-patch+yaml"),
      request("GET", alice_path_),
      request("GET", all_users_path + "?watch=true&timeoutSeconds=1"),
      request("POST", users_path,
              R"({"spec":{"authentication":{"password":["cGVuY2ls"]}},"metadata":{"name":"shop.b"}})"),
      request("POST", users_path + "?fieldValidation=Strict",
              R"({"spec":{"passwrd":"cGVuY2ls"},"metadata":{"name":"shop.b"}})"),
      request("DELETE", alice_path_),
  };
  for (const std::string& accept : {std::string("application/json"), table_accept}) {
    for (Request one : requests) {
      one.accept = accept;
      one.query += one.method == "GET" ? "&includeObject=Object" : "";
      Response response = api_->handle(one);
      std::string text = response.body;
      // What is there is all that is looked at: the stream's first piece.
      if (response.stream) text = *response.stream->next(std::chrono::steady_clock::now());
      for (const auto& [name, value] : response.headers) text += value;
      EXPECT_THAT(text, Not(HasSubstr(password))) << one.method << " " << one.path;
      EXPECT_THAT(text, Not(HasSubstr(other))) << one.method << " " << one.path;
      EXPECT_THAT(text, Not(HasSubstr("storedKey"))) << one.method;
      EXPECT_THAT(text, Not(HasSubstr("SCRAM-SHA-256$"))) << one.method;
    }
  }
}

TEST_F(PasswordsOf, a_patch_are_copied_nowhere) {
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  const std::string given = R"([{"op":"add","path":"/spec/authentication/password","value":"ZXJhc2Vy"},)";
  const std::string copied = R"({"op":"copy","from":"/spec/authentication/password","path":")";
  const std::pair<std::string, std::string> places[] = {
      {R"({"op":"add","path":"/metadata/annotations","value":{}},)", "/metadata/annotations/a"},
      {"", "/metadata/name"},
      {"", "/spec/username"},
      {"", "/spec/authentication/provider"},
      {"", "/spec/authorization/0/addresses/0"},
  };
  for (const auto& [before, place] : places) {
    const Answer answer =
        ask(request("PATCH", alice_path_, given + before + copied + place + "\"}]", json_patch_type));
    EXPECT_EQ(answer.status, 422) << place;
    EXPECT_THAT(answer.message(), HasSubstr("holds the text of a password")) << place;
    EXPECT_THAT(answer.text(), Not(HasSubstr("ZXJhc2Vy"))) << place;
    EXPECT_THAT(get(alice_path_).text(), Not(HasSubstr("ZXJhc2Vy"))) << place;
  }
}

}  // namespace
}  // namespace doorward::rest
