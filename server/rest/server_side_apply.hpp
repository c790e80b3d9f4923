#pragma once
// Server-side apply: a manager says which fields it wants and how. What it applied before and no longer does
// goes; a field that another manager applied with another value is a conflict, unless it is forced. One
// document for each manager, of what it applied last, is all the memory that this needs; writes that are no
// apply make nobody an owner. Takes time and memory as the documents are large, and not as their paths are.
// Pure function.
#include "server/rest/object_writer.hpp"

#include <cstddef>
#include <string_view>

namespace doorward::rest {

inline constexpr std::size_t max_managers = 32;  // of one object
// Of all that managers applied to one object, as text: twice what one body can bring.
inline constexpr std::size_t max_applied_bytes = 6u << 20;
// What a refusal names of more conflicts than these is their number.
inline constexpr std::size_t max_named_conflicts = 64;

Reply<Edited> server_side_apply(const resources::Kind& kind, const Current& current, nlohmann::json config,
                                std::string_view manager, bool force);

}  // namespace doorward::rest
