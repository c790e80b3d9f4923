#pragma once
// Who applied which fields (server-side apply): kept in the object as one document for each manager, of what
// it applied last, without secrets and without what identifies the object. A field is a manager's as long as
// the object has the value that the manager gave it; lists are one value. Pure functions.
#include "server/resources/kinds/catalogue.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// A value, a list or an empty object: what has an owner as a whole.
bool is_leaf(const nlohmann::json& value);
// Null where there is none.
const nlohmann::json* field_of(const nlohmann::json* object, const std::string& name);

// What one manager applied, followed down to a field: no path is ever written out, whose names may be long.
// The documents must outlive it.
class Claim {
 public:
  // `applied`: what the manager applied last.
  explicit Claim(const nlohmann::json& applied) : applied_(&applied) {}

  // One name further down, where the object has `now` (null: nothing).
  Claim at(const std::string& name, const nlohmann::json* now) const;
  // Whether the manager still owns the field or something in or around it: the object has it as it was
  // applied.
  bool holds(const nlohmann::json* now) const;
  bool is_empty() const { return applied_ == nullptr && !holds_around_; }

 private:
  Claim(const nlohmann::json* applied, bool holds_around) : applied_(applied), holds_around_(holds_around) {}

  const nlohmann::json* applied_;  // null: nothing here
  bool holds_around_ = false;
};

// `metadata.managedFields` of an object of the store, made from what was applied; empty: nobody applied.
nlohmann::json managed_fields(const resources::Kind& kind, const nlohmann::json& document);

}  // namespace doorward::rest
