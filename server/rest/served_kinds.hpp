#pragma once
// Everything that the REST API serves, as a table: of it, discovery and OpenAPI are made.
#include "server/rest/published/served.hpp"

#include <vector>

namespace doorward::rest {

// Every kind of the table, its older versions, the namespaces that are only asked for, reserved realms,
// guessed accounts, and the reviews.
std::vector<Served> served_kinds();

}  // namespace doorward::rest
