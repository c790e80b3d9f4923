#pragma once
// The house of house.hpp with one more realm, `away`, whose service is external: a bridge over a plugin in
// the test's own process, and who its federated users are.
#include "tests/plugins/scripted.hpp"
#include "tests/server/login/house.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {

class OneBridge : public ExternalServices {
 public:
  std::shared_ptr<plugins::Bridge> find(const BridgeRef&) const override { return bridge; }
  std::vector<std::string_view> mechanisms(const std::optional<BridgeRef>&) const override { return offered; }
  std::optional<std::string> federated_user(const RealmService&, std::string_view identity) const override {
    if (identity == "ann@EXAMPLE.COM") return "ann";
    if (identity == "bob@EXAMPLE.COM") return "bob";
    return std::nullopt;
  }
  void complain(const BridgeRef&, std::string_view reason) const override { complaints.emplace_back(reason); }
  void answered(const ObjectRef& service, plugins::Verdict verdict, std::chrono::nanoseconds) const override {
    EXPECT_EQ(service.text(), "infra/external");
    verdicts.push_back(verdict);
  }

  std::shared_ptr<plugins::Bridge> bridge;
  std::vector<std::string_view> offered{"X-TEST", "PLAIN", "OAUTHBEARER"};
  mutable std::vector<std::string> complaints;
  mutable std::vector<plugins::Verdict> verdicts;
};

// The realm `away` of an external service, beside those of the house.
class BridgedHouse : public LoginHouse {
  static constexpr std::size_t open_bytes = 1'600;

 public:
  explicit BridgedHouse(plugins::Scripted::Behaviour behaviour,
                        std::chrono::milliseconds limit = std::chrono::minutes(10), std::size_t threads = 8,
                        std::vector<const char*> carried = {"X-TEST", nullptr},
                        GuessGuard::Limits guesses = {})
      : plugin(std::move(behaviour)) {
    plugin.mechanisms = std::move(carried);
    services.bridge = std::make_shared<plugins::Bridge>(
        plugin.library(), plugins::BridgeOptions{.patience = std::chrono::minutes(10),
                                                 .time_limit = limit,
                                                 .close_grace = plugins::patience,
                                                 .threads = threads,
                                                 .log = {}});
    EXPECT_TRUE(services.bridge->wait_for_health(plugins::patience).up);
    set_realms(
        {service_of("shop", ServiceType::standard), service_of("away", ServiceType::external)},
        {{{"infra", "standard"}, ServiceType::standard}, {{"infra", "external"}, ServiceType::external}});
    logins =
        std::make_unique<Logins>(Logins::Parts{.realms = [this] { return table; },
                                               .credentials = users,
                                               .pool = *pool,
                                               .decoy_key = Secret("a key that the store keeps"),
                                               .report = [this](const LoginFact& f) { facts.push_back(f); },
                                               .guesses = guesses,
                                               .external = &services,
                                               .open_bytes = open_bytes});
    UserRecord federated = user_of("away", "ann", "unused", {});
    federated.type = UserType::federated;
    users.put(federated);
    users.put(user_of("away", "bob"));  // has a password, so that no other proof is his
  }
  ~BridgedHouse() { services.bridge->close(); }

  LoginReason reason() const { return facts.back().reason; }

  plugins::Scripted plugin;
  OneBridge services;
};

}  // namespace doorward
