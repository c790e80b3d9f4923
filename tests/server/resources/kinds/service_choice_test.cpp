// Which service a space has after others came, went and changed: never one that lets in others, unless the
// space asks for it; and a pinned one only where the space names it.
#include "server/resources/kinds/service_choice.hpp"

#include "server/resources/realm_watch.hpp"
#include "tests/server/resources/workbench.hpp"

#include <algorithm>

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ServiceChoices : public Workbench {
 protected:
  ServiceChoices() { options_.settings.infra_namespace = "infra"; }

  static std::string in(std::string_view ns, std::string yaml) {
    return yaml.replace(yaml.find("metadata:\n"), 10, "metadata:\n  namespace: " + std::string(ns) + "\n");
  }
  static std::string at(std::string_view host) {
    return "  external: {host: " + std::string(host) + ", port: 1}\n";
  }
  static std::string asking(std::string_view choice) {
    return space_yaml("team1", "shop", "  authenticationService: {" + std::string(choice) + "}\n");
  }

  // All services that there are, by an operator who writes nothing else.
  void serve(const std::string& services) {
    options_.owner = "operator";
    EXPECT_EQ(written(services.empty() ? "{apiVersion: v1, kind: List, items: []}" : services), "");
  }
  void write_space(const std::string& yaml) {
    options_.owner = "team";
    EXPECT_EQ(written(yaml), "");
  }
  std::string written(const std::string& yaml) {
    const auto report = apply(yaml);
    const auto said = texts(report ? report->held_back : report.error().faults);
    return said.empty() ? "" : said.front();
  }
  // What it has, as `NS/NAME TYPE`, or what it waits for; or nothing.
  std::string shop_has() {
    const json status = space_status("team1", "shop");
    const bool waits = status.contains("waitsFor");
    EXPECT_FALSE(waits && (status.contains("authenticationService") || status["isReady"] == true)) << status;
    const json what = status.value(waits ? "waitsFor" : "authenticationService", json());
    if (what.is_null()) return "nothing";
    return (waits ? "waits for " : "") + what["namespace"].get<std::string>() + "/" +
           what["name"].get<std::string>() + " " + what["type"].get<std::string>();
  }
  std::string message() { return space_status("team1", "shop")["messages"][0]; }
  std::string realm() { return space_status("team1", "shop")["realm"]; }
};

const std::string wide_open = service_yaml("open", "none");

TEST_F(ServiceChoices, lead_to_nobody_who_lets_in_others_when_a_service_goes) {
  const std::string users = service_yaml("users");
  const struct {
    const char* behaviour;
    std::string choice, before, had, after, has;
  } cases[] = {
      {"a default is not opened", "", in("infra", users) + in("infra", wide_open), "infra/users standard",
       in("infra", wide_open), "waits for infra/users standard"},
      {"nor what asks for a type", "type: standard", in("team1", users) + in("infra", wide_open),
       "team1/users standard", in("infra", wide_open), "waits for team1/users standard"},
      {"nor what names one, by a namesake", "name: users",
       in("team1", users) + in("infra", service_yaml("users", "none")), "team1/users standard",
       in("infra", service_yaml("users", "none")), "waits for team1/users standard"},
      {"a nearer namesake opens nothing", "name: users", in("infra", users), "infra/users standard",
       in("infra", users) + in("team1", service_yaml("users", "none")), "infra/users standard"},
      {"an external namesake is somebody else", "name: x",
       in("team1", service_yaml("x", "external", at("a"))) +
           in("infra", service_yaml("x", "external", at("b"))),
       "team1/x external", in("infra", service_yaml("x", "external", at("b"))), "waits for team1/x external"},
      {"so is the next external one", "type: external", in("infra", service_yaml("b", "external", at("b"))),
       "infra/b external", in("infra", service_yaml("c", "external", at("c"))), "waits for infra/b external"},
      {"and one that comes before it", "type: external", in("infra", service_yaml("b", "external", at("b"))),
       "infra/b external",
       in("infra", service_yaml("a", "external", at("a"))) +
           in("infra", service_yaml("b", "external", at("b"))),
       "infra/b external"},
      {"what was external checks no stored passwords", "name: x",
       in("team1", service_yaml("x", "external", at("a"))), "team1/x external",
       in("infra", service_yaml("x")), "waits for team1/x external"},
      {"all standard ones ask the same users", "", in("infra", users), "infra/users standard",
       in("infra", service_yaml("others")), "infra/others standard"},
      {"what was open may be opened by another one", "", in("infra", wide_open), "infra/open none",
       in("infra", service_yaml("wide", "none")), "infra/wide none"},
  };
  for (const auto& c : cases) {
    write_space("{apiVersion: v1, kind: List, items: []}");
    serve(c.before);
    write_space(asking(c.choice));
    EXPECT_EQ(shop_has(), c.had) << c.behaviour;
    serve(c.after);
    EXPECT_EQ(shop_has(), c.has) << c.behaviour;
    serve(c.after + in("other", wide_open));
    EXPECT_EQ(shop_has(), c.has) << c.behaviour << ", whatever is written later";
    serve(c.before);
    EXPECT_EQ(shop_has(), c.had) << c.behaviour << ": it is back";
  }
}

TEST_F(ServiceChoices, close_what_was_open_as_soon_as_there_is_a_standard_service) {
  serve(in("infra", wide_open));
  write_space(shop);
  EXPECT_EQ(shop_has(), "infra/open none");
  serve(in("infra", wide_open) + in("infra", service_yaml("users")));
  EXPECT_EQ(shop_has(), "infra/users standard");
  serve(in("infra", wide_open));
  EXPECT_EQ(shop_has(), "waits for infra/users standard");
}

TEST_F(ServiceChoices, lead_to_no_namesake_of_another_type) {
  serve(in("infra", service_yaml("users")));
  write_space(asking("name: users"));
  serve("");
  EXPECT_EQ(shop_has(), "waits for infra/users standard");
  serve(in("infra", service_yaml("users", "none")));
  EXPECT_EQ(shop_has(), "waits for infra/users standard");
  EXPECT_THAT(message(), HasSubstr("is of type none now"));
  serve(in("infra", service_yaml("users", "external", at("h"))));
  EXPECT_EQ(shop_has(), "waits for infra/users standard");
  serve(in("infra", service_yaml("users")));
  EXPECT_EQ(shop_has(), "infra/users standard");
}

TEST_F(ServiceChoices, say_what_to_do_and_let_in_nobody_meanwhile) {
  serve(in("infra", service_yaml("users")) + in("infra", wide_open));
  write_space(shop);
  serve(in("infra", wide_open));
  EXPECT_EQ(
      message(),
      "AuthenticationService infra/users of type standard, which this address space had, is gone, and it "
      "moves by itself to none that lets in others: bring it back, or choose another one by name or type "
      "in spec.authenticationService (infra/open is another one of type none): logins end with sys-temp");
  EXPECT_EQ(space_status("team1", "shop")["phase"], "Pending");
  const auto watch = std::move(RealmWatch::start(*store_).value());
  const auto table = watch->current();
  const RealmService* found = table->find("team1-shop");
  ASSERT_NE(found, nullptr);
  EXPECT_FALSE(found->ready);
  EXPECT_NE(found->type, ServiceType::none);
}

TEST_F(ServiceChoices, wait_until_the_space_asks_for_another_one) {
  const std::string services = in("infra", service_yaml("users", "none")) + in("infra", wide_open);
  const auto asks = [&](const std::string& choice, const std::string& then) {
    write_space("{apiVersion: v1, kind: List, items: []}");
    serve(in("infra", service_yaml("users")));
    write_space(asking(choice));
    EXPECT_EQ(shop_has(), "infra/users standard");
    serve("");
    serve(services);
    EXPECT_EQ(shop_has(), "waits for infra/users standard");
    std::string other_plan = asking(choice);
    other_plan.replace(other_plan.find("plan: small"), 11, "plan: large");
    write_space(other_plan);
    EXPECT_EQ(shop_has(), "waits for infra/users standard") << "a change of something else";
    write_space(asking(then));
    return shop_has();
  };
  EXPECT_EQ(asks("", "type: none"), "infra/open none");
  EXPECT_EQ(asks("", "name: users"), "infra/users none");
  EXPECT_EQ(asks("name: users", "name: open"), "infra/open none");
  EXPECT_EQ(asks("name: users", "name: users, type: none"), "infra/users none");
  EXPECT_EQ(asks("name: users", "name: users, type: standard"), "waits for infra/users standard");
  EXPECT_EQ(asks("name: users", ""), "waits for infra/users standard") << "that is no choice";
  EXPECT_EQ(asks("type: standard", ""), "waits for infra/users standard");
  EXPECT_EQ(asks("name: users", "name: new"), "nothing");
  serve(in("infra", service_yaml("new", "none")));
  EXPECT_EQ(shop_has(), "infra/new none") << "it was chosen before it was there";
}

TEST_F(ServiceChoices, come_out_the_same_in_whatever_order_a_new_space_and_its_services_come) {
  std::vector<std::string> objects{shop, in("infra", service_yaml("z")), in("infra", wide_open),
                                   in("infra", service_yaml("a", "external", at("h")))};
  std::ranges::sort(objects);
  do {
    options_.prune = true;
    serve("");
    write_space("{apiVersion: v1, kind: List, items: []}");
    options_.prune = false;
    for (const auto& object : objects) write_space(object);
    EXPECT_EQ(shop_has(), "infra/z standard");
    options_.prune = true;
    write_space("{apiVersion: v1, kind: List, items: []}");
    EXPECT_FALSE(exists(space("team1", "shop")));
    write_space(objects[0] + objects[1] + objects[2] + objects[3]);
    EXPECT_EQ(shop_has(), "infra/z standard") << "in one piece";
  } while (std::ranges::next_permutation(objects).found);
}

TEST_F(ServiceChoices, follow_a_service_that_is_given_another_type) {
  serve(in("infra", service_yaml("users")));
  write_space(asking("name: users"));
  serve(in("infra", service_yaml("users", "external", at("h"))));
  EXPECT_EQ(shop_has(), "infra/users external");
  serve("");
  serve(in("infra", service_yaml("users")));
  EXPECT_EQ(shop_has(), "waits for infra/users external") << "that is another one";
  serve(in("infra", service_yaml("users", "none")));
  EXPECT_EQ(shop_has(), "waits for infra/users external") << "and not that of the space";
}

TEST_F(ServiceChoices, lead_to_no_other_place_when_a_service_is_given_another_type) {
  const std::string users = in("infra", service_yaml("users", "external", at("h")));
  const std::string other = in("infra", service_yaml("z", "external", at("elsewhere")));
  for (const char* type : {"none", "standard"}) {
    serve(users + other);
    write_space(asking("type: external"));
    ASSERT_EQ(shop_has(), "infra/users external");
    serve(in("infra", service_yaml("users", type)) + other);
    EXPECT_EQ(shop_has(), "waits for infra/users external") << type;
  }
}

const std::string pinned = service_yaml("acme", "standard", "  realm: acme.example\n");

TEST_F(ServiceChoices, lead_to_a_pinned_service_by_its_name_alone) {
  serve(in("infra", pinned));
  for (const char* choice : {"", "type: standard"}) {
    write_space(asking(choice));
    EXPECT_EQ(shop_has(), "nothing") << choice;
    EXPECT_EQ(realm(), "team1-shop");
    EXPECT_THAT(message(), HasSubstr("(infra/acme is pinned to a realm: it is for an address space that "
                                     "names it): logins end with sys-temp"));
  }
  write_space(asking("name: acme"));
  EXPECT_EQ(shop_has(), "infra/acme standard");
  EXPECT_EQ(realm(), "acme.example");
  serve("");
  EXPECT_EQ(shop_has(), "waits for infra/acme standard");
  serve(in("infra", pinned));
  EXPECT_EQ(realm(), "acme.example") << "it is back";
  serve(in("infra", pinned) + in("infra", service_yaml("users")));
  write_space(asking(""));
  EXPECT_EQ(shop_has(), "infra/users standard");
}

TEST_F(ServiceChoices, give_no_pinned_service_to_a_space_that_stood_there_before) {
  write_space(asking("name: acme"));
  serve(in("infra", pinned));
  EXPECT_EQ(shop_has(), "nothing");
  EXPECT_EQ(realm(), "team1-shop");
  EXPECT_EQ(
      message(),
      "AuthenticationService infra/acme is pinned to the realm \"acme.example\": whoever may claim that "
      "has to write the address space again: logins end with sys-temp");
  write_space(asking("name: acme"));
  EXPECT_EQ(realm(), "acme.example");

  serve(in("infra", pinned) + in("team1", service_yaml("acme")));
  EXPECT_EQ(shop_has(), "team1/acme standard");
  serve(in("infra", pinned));
  EXPECT_EQ(shop_has(), "waits for team1/acme standard") << "it names one of its own namespace";
  EXPECT_EQ(realm(), "team1-shop");
}

TEST_F(ServiceChoices, refuse_a_pin_under_a_space_that_does_not_have_the_realm) {
  serve(in("infra", service_yaml("acme")));
  write_space(shop);
  options_.owner = "operator";
  EXPECT_EQ(written(in("infra", pinned)),
            "m.yaml:2: AuthenticationService infra/acme: AddressSpace team1/shop would be in conflict: "
            "spec.authenticationService: AuthenticationService infra/acme is pinned to a realm by its "
            "spec.realm, and this address space was not given that: "
            "before, let whoever may claim it name it here (the annotation enmasse.io/realm-name) beside the "
            "service, or name another service");
  EXPECT_EQ(shop_has(), "infra/acme standard");
  serve(in("infra", pinned) + in("infra", service_yaml("users")));
  EXPECT_EQ(shop_has(), "infra/users standard") << "where there is another one to go to";

  serve(in("infra", service_yaml("acme")));
  write_space(asking("name: acme"));
  options_.owner = "operator";
  EXPECT_THAT(written(in("infra", pinned)), HasSubstr("AddressSpace team1/shop would be in conflict"))
      << "whoever named it before it was pinned may be anybody";
  std::string annotated = asking("name: acme");
  annotated.replace(annotated.find("  name: shop\n"), 13,
                    "  name: shop\n  annotations: {enmasse.io/realm-name: acme.example}\n");
  write_space(annotated);
  serve(in("infra", pinned));
  EXPECT_EQ(shop_has(), "infra/acme standard");
  EXPECT_EQ(realm(), "acme.example");
}

TEST_F(ServiceChoices, keep_a_pinned_service_whatever_realm_the_space_has) {
  std::string annotated = asking("name: acme");
  annotated.replace(annotated.find("  name: shop\n"), 13,
                    "  name: shop\n  annotations: {enmasse.io/realm-name: other.example}\n");
  serve(in("infra", pinned));
  write_space(annotated);
  EXPECT_EQ(realm(), "other.example");
  serve(in("infra", pinned) + in("infra", service_yaml("users")));
  EXPECT_EQ(shop_has(), "infra/acme standard");
  serve("");
  serve(in("infra", pinned));
  EXPECT_EQ(shop_has(), "infra/acme standard");
  serve("");
  serve(in("infra", service_yaml("acme", "standard", "  realm: new.example\n")));
  EXPECT_EQ(shop_has(), "waits for infra/acme standard") << "it was not given that realm";
}

}  // namespace
}  // namespace doorward::resources
