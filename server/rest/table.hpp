#pragma once
// Objects as `meta.k8s.io/v1` Table, which is what `kubectl get` prints: columns from the table of kinds,
// between a name and an age. Pure functions.
#include "server/resources/kinds/catalogue.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// How much of each object a row carries: the query parameter `includeObject`.
enum class IncludeObject { none, metadata, object };
IncludeObject include_object(std::string_view parameter);

// How long ago, as kubectl writes ages: `5s`, `3m12s`, `2d4h`, `3y`. `created` in RFC 3339.
std::string age(std::string_view created, std::chrono::sys_seconds now);

nlohmann::json table_columns(const resources::Kind& kind);
nlohmann::json table_row(const resources::Kind& kind, const nlohmann::json& object, IncludeObject include,
                         std::chrono::sys_seconds now);
// Of rows that are made already. Columns may be left out where an earlier table has them.
nlohmann::json table(const resources::Kind& kind, nlohmann::json rows, std::string_view resource_version);

}  // namespace doorward::rest
