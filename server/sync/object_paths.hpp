#pragma once
// Where objects are in the REST API, and in which order they are applied there one by one. Pure functions.
#include "server/resources/kinds/catalogue.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace doorward::sync {

// `/apis/GROUP/VERSION[/namespaces/NS]/PLURAL`; an empty namespace means every one.
std::string collection_path(const resources::Kind& kind, std::string_view ns);
std::string object_path(const resources::Kind& kind, const ObjectKey& key);

// The kinds that somebody can write, in the order of the catalogue, what others refer to first: the server
// bears any order, but refuses a binding to a role that is not there yet, and waking what waits costs a
// second write.
const std::vector<const resources::Kind*>& kinds_in_order();
// The place of a kind among them.
std::size_t rank(const resources::Kind& kind);

}  // namespace doorward::sync
