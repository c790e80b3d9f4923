#pragma once
// Whether a plugin keeps to the rules of doorward_plugin.h: what `doorward plugin check` runs. The plugin is
// opened and asked like by a service that is under attack: with names and messages that no client would send,
// from many clients at once, and with clients that vanish. No password is known here, so that it must let
// nobody in.
#include "plugins/host/bridge.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::plugins {

struct Finding {
  bool good = false;
  std::string what;  // a sentence: the rule, and where it is broken what happened and what to do
};

// `found` gets each finding as soon as it is there, on the caller's thread, so that what was found before a
// crash is told. `begins` hears before each check what is done: "it was asked by many clients at once".
// Blocks the caller until the plugin has answered, or its time limits are over: some seconds for one that
// never answers.
std::vector<Finding> check_conformance(std::shared_ptr<const Library> library, BridgeOptions options,
                                       std::function<void(const Finding&)> found = {},
                                       std::function<void(std::string_view doing)> begins = {});

}  // namespace doorward::plugins
