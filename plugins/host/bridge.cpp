// A bridge and an exchange as others see them: what a login asks becomes a call of the plugin's function.
#include "plugins/host/bridge.hpp"

#include "plugins/host/bridge_core.hpp"
#include "plugins/host/exchange_state.hpp"

#include <algorithm>
#include <utility>

namespace doorward::plugins {
namespace {

doorward_bytes bytes(std::string_view text) { return {.data = text.data(), .size = text.size()}; }

}  // namespace

Bridge::Bridge(std::shared_ptr<const Library> library, BridgeOptions options)
    : core_(std::make_shared<BridgeCore>(std::move(library), std::move(options))) {
  core_->begin();
}

Bridge::~Bridge() { close(); }

bool Bridge::close() { return core_->close(); }

Health Bridge::health() const { return core_->health(); }

Health Bridge::wait_for_health(std::chrono::milliseconds at_most) const {
  return core_->wait_for_health(at_most);
}

std::vector<std::string> Bridge::mechanisms() const {
  std::vector<std::string> names = core_->carried();
  if (verifies() && std::ranges::find(names, "PLAIN") == names.end()) names.emplace_back("PLAIN");
  return names;
}

bool Bridge::carries(std::string_view mechanism) const {
  const auto names = core_->carried();
  return std::ranges::find(names, mechanism) != names.end();
}

bool Bridge::verifies() const { return core_->table().verify != nullptr && core_->is_open(); }

BridgeCounts Bridge::counts() const { return core_->counts(); }

Exchange::Exchange(const Bridge& bridge, Client client)
    : state_(std::make_shared<ExchangeState>(bridge.core_, client.realm)), client_(std::move(client)) {}

Exchange::~Exchange() { give_up(); }

void Exchange::give_up() {
  if (state_) state_->give_up();
}

void Exchange::verify(std::string username, Secret password, Done done) {
  state_->call(
      CallKind::password,
      [core = state_->core(), client = client_, username = std::move(username),
       password = std::move(password)](doorward_ticket ticket, void*& handle) {
        const doorward_password asked{.size = sizeof asked,
                                      .realm = bytes(client.realm),
                                      .username = bytes(username),
                                      .password = bytes(password.reveal()),
                                      .peer = bytes(client.peer)};
        core->table().verify(core->instance(), ticket, &asked, &handle);
      },
      std::move(done));
}

void Exchange::start(std::string mechanism, std::optional<Secret> initial_response, Done done) {
  state_->call(
      CallKind::exchange,
      [core = state_->core(), client = client_, mechanism = std::move(mechanism),
       response = std::move(initial_response)](doorward_ticket ticket, void*& handle) {
        const doorward_start asked{
            .size = sizeof asked,
            .realm = bytes(client.realm),
            .mechanism = bytes(mechanism),
            .has_initial_response = response ? 1u : 0u,
            .reserved = 0,
            .initial_response = bytes(response ? response->reveal() : std::string_view()),
            .peer = bytes(client.peer)};
        core->table().start(core->instance(), ticket, &asked, &handle);
      },
      std::move(done));
}

void Exchange::step(Secret response, Done done) {
  state_->call(
      CallKind::exchange,
      [core = state_->core(), response = std::move(response)](doorward_ticket ticket, void*& handle) {
        core->table().step(core->instance(), handle, ticket, bytes(response.reveal()));
      },
      std::move(done));
}

}  // namespace doorward::plugins
