#pragma once
// What a write changes in an object, for a person to read: a line for each field. Made of what the REST API
// shows, which holds no secret, so that none can stand in a line. Pure function.
#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::sync {

inline constexpr std::size_t max_difference_lines = 100;  // of one object; more are counted
inline constexpr std::size_t max_value_bytes = 200;       // of one value

// `+ spec.plan: "small"`, `- spec.plan: "large"`; null: the object is not there. A secret that differs is
// told without a value: it shows in what the status says of credentials, and in a generation that is new
// although no other field of the spec is.
std::vector<std::string> difference(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace doorward::sync
