#pragma once
// A bridge over a scripted plugin, open and well, whose times are such that no test waits for them.
#include "tests/plugins/scripted.hpp"

#include <chrono>
#include <utility>

#include <gtest/gtest.h>

namespace doorward::plugins {

inline constexpr auto long_limit = std::chrono::minutes(10);

inline BridgeOptions options(std::chrono::milliseconds limit = long_limit) {
  return {.service = "infra/test",
          .patience = long_limit,
          .time_limit = limit,
          .check_every = std::chrono::milliseconds(10),
          .close_grace = patience,
          .log = {}};
}

struct Open {
  explicit Open(Scripted& plugin, BridgeOptions with = options())
      : bridge(plugin.library(), std::move(with)) {
    EXPECT_TRUE(bridge.wait_for_health(patience).up) << bridge.health().reason;
  }
  Bridge bridge;
};

inline void accept_all(const Scripted::Asked& asked) {
  if (asked.ticket != 0) Scripted::answer(asked.ticket, DOORWARD_ACCEPTED, "ann");
}

}  // namespace doorward::plugins
