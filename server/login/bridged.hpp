#pragma once
// A login whose service is external: the bridge says who the client is, and what it may do or whose stored
// rights are the client's. A part of Login::State; nobody else includes this but login_state.hpp.
#include "plugins/host/bridge.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace doorward {

// Of a login at a bridge, on its loop.
struct Bridged {
  std::shared_ptr<plugins::Bridge> bridge;
  plugins::Exchange exchange;  // the plugin's side
  std::string mechanism;       // that the plugin speaks; empty where doorward speaks PLAIN
  bool begun = false;
  std::size_t messages = 0;
  std::size_t bytes = 0;
  // The client is in, and gets the bridge's last words before it is told.
  std::optional<plugins::Answer> accepted;
};

}  // namespace doorward
