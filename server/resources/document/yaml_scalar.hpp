#pragma once
// What a plain scalar of YAML means: the core schema of YAML 1.2.2, section 10.3.2, as JSON. Pure functions;
// part of yaml.hpp.
#include "store/model/result.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// Null, a boolean, a number or text. A number that JSON cannot hold (too large, infinite, not a number) is an
// error.
Result<nlohmann::json> plain_scalar(std::string_view text);

// The same for a scalar with a tag of the core schema (`str`, `int`, `float`, `bool`, `null`).
Result<nlohmann::json> tagged_scalar(std::string_view tag, std::string_view text);

}  // namespace doorward::resources
