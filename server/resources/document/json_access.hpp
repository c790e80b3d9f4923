#pragma once
// Reading fields of JSON that may not have the shape one hopes for. Pure functions.
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// The value at the end of the path through objects, or null where it is not there.
const nlohmann::json* find_at(const nlohmann::json& value, std::initializer_list<std::string_view> path);

// The same for text: empty where it is absent or something else.
std::string text_at(const nlohmann::json& value, std::initializer_list<std::string_view> path);

// An object with one member of the object whose text this is, which to_text() has made, and nothing of the
// others: what a stored document says of its `status`, say, at a fraction of the cost. Null where it has no
// such member.
nlohmann::json parse_only(std::string_view text, std::string_view member);

// Removes every field that is null, which means absent in the Kubernetes API.
void drop_nulls(nlohmann::json& value);

// Compact, with sorted keys: equal values give equal text. Never throws.
std::string to_text(const nlohmann::json& value);

}  // namespace doorward::resources
