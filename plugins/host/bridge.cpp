// A bridge as others see it.
#include "plugins/host/bridge.hpp"

#include "plugins/host/bridge_core.hpp"

#include <algorithm>

namespace doorward::plugins {

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

}  // namespace doorward::plugins
