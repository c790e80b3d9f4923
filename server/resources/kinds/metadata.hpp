#pragma once
// What every kind's `metadata` must be. Pure functions.
#include "server/resources/kinds/catalogue.hpp"

#include <nlohmann/json.hpp>

namespace doorward::resources {

// Name and namespace as Kubernetes has them, labels that can be selected by, annotations within 256 KiB. What
// the schema says of their types is not said again.
FieldErrors validate_metadata(const nlohmann::json& object, Names names);

}  // namespace doorward::resources
