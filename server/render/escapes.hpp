#pragma once
// Text of others inside a configuration file, so that it stays the value or the comment that it is: one
// function for each place. Pure functions, each total: what a place cannot hold is replaced by '?'.
#include <string>
#include <string_view>

namespace doorward::render {

// In a line comment (`#` or `//`): on one line, without control characters.
std::string in_comment(std::string_view text);
// Between <!-- and -->: the same, and without two hyphens in a row or one at the end (XML 1.0 section 2.5).
std::string in_xml_comment(std::string_view text);
// As an element's content or an attribute's value (XML 1.0 sections 2.2 and 2.4).
std::string in_xml(std::string_view text);
// A value of qdrouterd.conf. Its reader wraps the rest of the line in quotes without escaping it, cuts it at
// `#`, and takes `{` and `}` for structure: only what none of this touches stays.
std::string in_router_value(std::string_view text);
// Between the double quotes of a JAAS configuration, where Java also expands `${...}`.
std::string in_jaas_string(std::string_view text);

}  // namespace doorward::render
