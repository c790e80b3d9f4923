#pragma once
// JSON as YAML that people can read and git can compare: block style, two spaces, members in the order of
// their names. Read by read_yaml() it gives the same value. A pure function.
#include <string>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// One document, without its `---`, with a line end. As deep as the value, so the caller bounds that.
std::string to_yaml(const nlohmann::json& value);

}  // namespace doorward::resources
