// Secrets go nowhere: not into documents, annotations, history or the file on the disk.
#include "server/resources/kinds/redaction.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const Kind& user_kind() { return *find_kind(store_kind::messaging_users); }

json user_with(json annotations) {
  return {{"apiVersion", "user.enmasse.io/v1beta1"},
          {"kind", "MessagingUser"},
          {"metadata", {{"name", "shop.alice"}, {"annotations", std::move(annotations)}}},
          {"spec",
           {{"username", "alice"},
            {"authentication",
             {{"type", "password"},
              {"password", "aHVudGVyMg=="},
              {"credentials", {"hunter2"}},
              {"provider", "p"}}}}}};
}

TEST(Redaction, removes_secret_fields_and_leaves_the_others) {
  json object = user_with({{"note", "kept"}});
  redact(user_kind(), object);
  EXPECT_EQ(object["spec"],
            json::parse(R"({"username":"alice","authentication":{"type":"password","provider":"p"}})"));
  EXPECT_EQ(object["metadata"]["annotations"], json({{"note", "kept"}}));
}

TEST(Redaction, removes_them_from_what_kubectl_last_applied) {
  json manifest = user_with({{last_applied_annotation, user_with({}).dump()}, {"note", "kept"}});
  manifest["spec"]["authentication"]["pasword"] = "hunter2";  // a mistyped field is a secret all the same
  json object = user_with({{last_applied_annotation, manifest.dump()}});
  redact(user_kind(), object);
  const json kept =
      json::parse(object["metadata"]["annotations"][last_applied_annotation].get<std::string>());
  EXPECT_EQ(kept["spec"],
            json::parse(R"({"username":"alice","authentication":{"type":"password","provider":"p"}})"));
  EXPECT_EQ(kept["metadata"]["annotations"], json({{"note", "kept"}}));
}

// kubectl compares this text with the one that it would write: where they differ it says `configured` and
// sends a patch, each time.
TEST(Redaction, leaves_what_kubectl_last_applied_as_kubectl_writes_it) {
  const std::string text =
      R"({"apiVersion":"enmasse.io/v1beta1","kind":"AddressSpace","metadata":{"annotations":{},"name":"s"},)"
      R"("spec":{"plan":"a\u003cb\u003e \u0026 \"c\""}})"
      "\n";
  json object = json::parse(text);
  object["metadata"]["annotations"][last_applied_annotation] = text;
  redact(*find_kind(store_kind::address_spaces), object);
  EXPECT_EQ(object["metadata"]["annotations"][last_applied_annotation], text);
}

TEST(Redaction, removes_the_whole_annotation_where_it_does_not_read_as_such_a_manifest) {
  std::string deep(100'000, '[');
  json other_kind = user_with({});
  other_kind["kind"] = "AddressSpace";
  for (const std::string& text : {std::string("aHVudGVyMg=="), std::string("[\"aHVudGVyMg==\"]"),
                                  std::string(), deep, "{\"a\":" + deep, other_kind.dump()}) {
    json object = user_with({{last_applied_annotation, text}, {"note", "kept"}});
    redact(user_kind(), object);
    EXPECT_EQ(object["metadata"]["annotations"], json({{"note", "kept"}})) << text.substr(0, 40);
  }
}

TEST(Redaction, reads_what_was_applied_to_a_bounded_depth) {
  const auto is_kept = [](int depth) {
    json object =
        json::parse(R"({"apiVersion":"enmasse.io/v1beta1","kind":"AddressSpace","metadata":{"name":"s"},
                                  "spec":{"networkPolicy":{"egress":[]}}})");
    json nested = 1;
    for (int i = 0; i < depth; ++i) nested = json::array({std::move(nested)});
    object["spec"]["networkPolicy"]["egress"].push_back(std::move(nested));
    object["metadata"]["annotations"][last_applied_annotation] = object.dump();
    redact(*find_kind(store_kind::address_spaces), object);
    return object["metadata"]["annotations"].contains(last_applied_annotation);
  };
  EXPECT_TRUE(is_kept(60));
  EXPECT_FALSE(is_kept(61));
}

TEST(Redaction, removes_the_secrets_of_connectors_and_endpoints_of_a_space) {
  json object =
      json::parse(R"({"apiVersion":"enmasse.io/v1beta1","kind":"AddressSpace","metadata":{"name":"s"},"spec":{
    "endpoints":[{"name":"e","cert":{"provider":"certBundle","tlsCert":"public","tlsKey":"hunter2"}}],
    "connectors":[{"name":"c","credentials":{"username":{"value":"u"},"password":{"value":"hunter2"}},
                   "tls":{"caCert":{"value":"public"},"clientKey":{"valueFromSecret":{"name":"n"},"value":"hunter2"}}}]}})");
  redact(*find_kind(store_kind::address_spaces), object);
  EXPECT_THAT(object.dump(), Not(HasSubstr("hunter2")));
  EXPECT_EQ(object["spec"]["connectors"][0]["tls"]["clientKey"],
            json({{"valueFromSecret", {{"name", "n"}}}}));
  EXPECT_EQ(object["spec"]["endpoints"][0]["cert"]["tlsCert"], "public");
}

class RedactionInTheStore : public Workbench {};

TEST_F(RedactionInTheStore, no_byte_of_a_password_is_on_the_disk) {
  const std::string password = "Tr0ub4dor-and-three";
  const std::string encoded = base64_encode(password);
  const std::string manifest =
      service + shop + user_yaml("team1", "shop.alice", "alice", "password: " + encoded);
  json last_applied = user_with({});
  last_applied["spec"]["authentication"]["password"] = encoded;
  std::string annotated = manifest;
  annotated.replace(
      annotated.find("  name: shop.alice"), 0,
      "  annotations:\n    " + std::string(last_applied_annotation) + ": '" + last_applied.dump() + "'\n");
  ASSERT_EQ(outcome(manifest), "3 created, 0 changed, 0 deleted, 0 unchanged");
  ASSERT_EQ(outcome(annotated), "0 created, 1 changed, 0 deleted, 2 unchanged");
  ASSERT_EQ(outcome(service + shop), "0 created, 0 changed, 1 deleted, 2 unchanged");
  ASSERT_EQ(outcome(annotated), "1 created, 0 changed, 0 deleted, 2 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice", password));
  std::size_t files = 0, bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string text = file_text(entry.path());
    ++files;
    bytes += text.size();
    EXPECT_EQ(text.find(password), std::string::npos) << entry.path();
    EXPECT_EQ(text.find(encoded), std::string::npos) << entry.path();
  }
  EXPECT_GE(files, 2u) << "the database and its log";
  EXPECT_GT(bytes, 10'000u);
}

}  // namespace
}  // namespace doorward::resources
