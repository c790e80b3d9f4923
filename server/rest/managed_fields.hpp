#pragma once
// Who applied which fields (server-side apply): kept in the object as one document for each manager, of what
// it applied last, without secrets and without what identifies the object. A field is a manager's as long as
// the object has the value that the manager gave it; lists are one value. Pure functions.
#include "server/resources/catalogue.hpp"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

using FieldPath = std::vector<std::string>;

// `.spec.username`, as conflicts name fields.
std::string to_text(const FieldPath& path);

// The fields of a document that hold a value or a list, or an empty object.
std::vector<FieldPath> leaves(const nlohmann::json& document);
const nlohmann::json* value_at(const nlohmann::json& document, const FieldPath& path);
// Removes the field, and the objects around it that become empty.
void remove_at(nlohmann::json& document, const FieldPath& path);

// `metadata.managedFields` of an object of the store, made from what was applied; empty: nobody applied.
nlohmann::json managed_fields(const resources::Kind& kind, const nlohmann::json& document);

}  // namespace doorward::rest
