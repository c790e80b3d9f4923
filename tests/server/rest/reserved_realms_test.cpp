// Realms that are reserved for the namespace that has used them, and how one is given free.
#include "server/rest/reserved_realms.hpp"

#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;

const std::string realms_path = "/apis/enmasse.io/v1beta1/reservedrealms";

class ReservedRealms : public House {
 protected:
  ReservedRealms() {
    seed();
    api_ = Api::make({.store = *store_,
                      .authorizer = authorizer_,
                      .settings = options_.settings,
                      .turns = turns_,
                      .told = [this](const Request&,
                                     const resources::ObjectChange& change) { told_ = change.object; },
                      .virtual_resources = {reserved_realms(*store_)}})
               .value();
  }
  ~ReservedRealms() override { api_.reset(); }

  // The same realm for an address space of another namespace.
  int take_over() {
    const json space{
        {"apiVersion", "enmasse.io/v1beta1"},
        {"kind", "AddressSpace"},
        {"metadata", {{"name", "other"}, {"annotations", {{"enmasse.io/realm-name", "team1-shop"}}}}},
        {"spec", {{"type", "brokered"}, {"plan", "small"}}}};
    return post("/apis/enmasse.io/v1beta1/namespaces/team2/addressspaces", space).status;
  }

  std::string path_ = realms_path + "/team1-shop";
  std::string told_;
};

TEST_F(ReservedRealms, are_shown_with_who_has_them) {
  const Answer one = get(path_);
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body["spec"], json({{"namespace", "team1"}, {"addressSpace", "shop"}}));
  const Answer list = get(realms_path);
  ASSERT_EQ(list.body["items"].size(), 1u);
  EXPECT_EQ(list.body["kind"], "ReservedRealmList");
  EXPECT_EQ(get(realms_path + "/nobodys").status, 404);
  accept_ = table_accept;
  EXPECT_EQ(get(realms_path).body["rows"][0]["cells"][1], "team1");
}

TEST_F(ReservedRealms, are_listed_as_selectors_say) {
  // Which the right to one of them may rest on.
  const auto shown = [this](const std::string& query) {
    return get(realms_path + query).body["items"].size();
  };
  EXPECT_EQ(shown("?fieldSelector=metadata.name=team1-shop"), 1u);
  EXPECT_EQ(shown("?fieldSelector=metadata.name=nobodys"), 0u);
  EXPECT_EQ(shown("?labelSelector=!app"), 1u);
  EXPECT_EQ(shown("?labelSelector=app"), 0u);
  EXPECT_EQ(get(realms_path + "?fieldSelector=metadata.uid=x").status, 400);
}

TEST_F(ReservedRealms, stay_while_an_address_space_has_them) {
  const Answer answer = remove(path_);
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.message(), HasSubstr("AddressSpace team1/shop has this realm"));
  EXPECT_EQ(take_over(), 409);
}

TEST_F(ReservedRealms, are_given_free_by_deletion_and_by_nothing_else) {
  ASSERT_EQ(remove(spaces_path + "/shop").status, 200);
  EXPECT_EQ(get(path_).body["spec"], json({{"namespace", "team1"}}));
  EXPECT_EQ(take_over(), 409) << "its clients would tell another team their passwords";
  EXPECT_EQ(remove(path_ + "?dryRun=All").status, 200);
  EXPECT_EQ(take_over(), 409);
  told_.clear();
  const Answer released = remove(path_);
  EXPECT_EQ(released.status, 200);
  EXPECT_EQ(released.body["status"], "Success");
  EXPECT_EQ(told_, "ReservedRealm team1-shop");
  EXPECT_EQ(remove(path_).status, 404);
  EXPECT_EQ(take_over(), 201);
}

TEST_F(ReservedRealms, are_not_written) {
  EXPECT_EQ(post(realms_path, json::object()).status, 405);
  EXPECT_EQ(put(path_, json::object()).status, 405);
  EXPECT_EQ(patch(path_, json::object()).status, 405);
  EXPECT_EQ(remove(realms_path).status, 405);
  EXPECT_EQ(get(realms_path + "?watch=true").status, 405);
  EXPECT_EQ(remove(path_, R"({"preconditions": {"uid": "1"}})").status, 409) << "they have none";
}

}  // namespace
}  // namespace doorward::rest
