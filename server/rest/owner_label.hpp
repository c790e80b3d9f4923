#pragma once
// Whose an object is (resources::owner_label): what a folder of resources says, and no client.
#include <nlohmann/json.hpp>

namespace doorward::rest {

// Gives `object`, which is to be written, the owner that the stored `before` has, or none, whatever it says
// itself. REQUIRES: `object` is valid.
void keep_owner(nlohmann::json& object, const nlohmann::json& before);

}  // namespace doorward::rest
