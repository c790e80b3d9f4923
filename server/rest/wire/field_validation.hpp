#pragma once
// Fields that no schema knows, and keys that stand twice: refused, warned of, or passed over, as the query
// parameter `fieldValidation` says. They are never stored. Pure functions.
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/wire/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

enum class FieldValidation { strict, warn, ignore };

// `Warn` where the parameter is absent, as Kubernetes has it.
Reply<FieldValidation> field_validation(std::string_view parameter);

// Removes every field that the kind's schema does not know. Answers their paths.
std::vector<std::string> prune_unknown(const resources::Kind& kind, nlohmann::json& object);

// Prunes the object; what was found (with `duplicates`) is a failure or becomes warnings.
Reply<std::vector<std::string>> validate_fields(const resources::Kind& kind, nlohmann::json& object,
                                                const std::vector<std::string>& duplicates,
                                                FieldValidation how);

}  // namespace doorward::rest
