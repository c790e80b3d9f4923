// What somebody who deletes a service brings upon the spaces of others: they are not ready, and open to
// nobody.
#include "server/resources/realm_watch.hpp"
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;

class LostServices : public House {
 protected:
  LostServices() { realms_ = std::move(resources::RealmWatch::start(*store_).value()); }
  ~LostServices() override { realms_.reset(); }

  int make_service(const std::string& name, const char* type) {
    return post(services_path, {{"apiVersion", "admin.enmasse.io/v1beta1"},
                                {"kind", "AuthenticationService"},
                                {"metadata", {{"name", name}}},
                                {"spec", {{"type", type}}}})
        .status;
  }
  json shop_status() { return get(spaces_path + "/shop").body["status"]; }
  // How a login meets the realm.
  std::string realm() {
    const auto table = realms_->current();
    const RealmService* found = table->find("team1-shop");
    if (found == nullptr) return "none";
    return std::string(to_string(found->type)) + (found->ready ? "" : ", not ready");
  }

  std::unique_ptr<resources::RealmWatch> realms_;
};

TEST_F(LostServices, open_no_space_to_anybody) {
  seed();  // a space that asks for no service
  ASSERT_EQ(make_service("none-authservice", "none"), 201);
  EXPECT_EQ(realm(), "standard");
  ASSERT_EQ(remove(services_path + "/standard-authservice").status, 200);
  EXPECT_EQ(realm(), "standard, not ready");
  EXPECT_EQ(shop_status()["isReady"], false);
  EXPECT_EQ(shop_status()["waitsFor"],
            json({{"namespace", "default"}, {"name", "standard-authservice"}, {"type", "standard"}}));
  EXPECT_THAT(
      shop_status()["messages"][0].get<std::string>(),
      HasSubstr("bring it back, or choose another one by name or type in spec.authenticationService"));

  ASSERT_EQ(make_service("standard-authservice", "none"), 201);
  EXPECT_EQ(realm(), "standard, not ready") << "made anew, of another type";
  ASSERT_EQ(patch(spaces_path + "/shop/status", {{"status", {{"waitsFor", nullptr}}}}).status, 200);
  EXPECT_EQ(realm(), "standard, not ready") << "nobody writes what it had";
  ASSERT_EQ(patch(spaces_path + "/shop", {{"metadata", {{"labels", {{"app", "x"}}}}}}).status, 200);
  EXPECT_EQ(realm(), "standard, not ready");

  ASSERT_EQ(remove(services_path + "/standard-authservice").status, 200);
  ASSERT_EQ(make_service("standard-authservice", "standard"), 201);
  EXPECT_EQ(realm(), "standard") << "it is back";
  EXPECT_FALSE(shop_status().contains("waitsFor"));
}

TEST_F(LostServices, are_remembered_by_a_process_that_comes_later) {
  seed();
  ASSERT_EQ(remove(services_path + "/standard-authservice").status, 200);
  realms_.reset();
  restart();
  realms_ = std::move(resources::RealmWatch::start(*store_).value());
  ASSERT_EQ(make_service("none-authservice", "none"), 201);
  EXPECT_EQ(realm(), "standard, not ready");
  ASSERT_EQ(patch(spaces_path + "/shop", {{"spec", {{"authenticationService", {{"type", "none"}}}}}}).status,
            200);
  EXPECT_EQ(realm(), "none") << "by the choice of whoever has the space";
}

}  // namespace
}  // namespace doorward::rest
