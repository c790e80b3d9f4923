#include "server/rest/refused_conflicts.hpp"

#include "server/resources/prepare.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace doorward::rest {

using resources::Conflict;
using resources::FieldError;
using resources::Kind;

namespace {

std::string text_of(const ObjectKey& key) {
  const Kind* kind = resources::find_kind(key.kind);
  return kind == nullptr ? key.text() : resources::object_text(*kind, key);
}

}  // namespace

std::unexpected<Failure> refused(const Kind& kind, std::string_view name, const FieldError& error) {
  Failure failure =
      conflict(kind, name, error.field.empty() ? error.message : error.field + ": " + error.message).error();
  if (error.type == FieldError::Type::forbidden) {
    failure.code = 403;
    failure.reason = "Forbidden";
    failure.message =
        std::string(kind.store_kind) + " " + quoted(name, 256) + " is forbidden: " + error.message;
  } else if (!error.field.empty()) {
    failure.causes.push_back({"FieldValueDuplicate", error.message, error.field});
  }
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> refused(const Kind& kind, const ObjectKey& key,
                                 const std::vector<Conflict>& conflicts, const MayGet& may_get) {
  const auto own = std::ranges::find(conflicts, key, &Conflict::key);
  const Conflict& one = own == conflicts.end() ? conflicts.front() : *own;
  FieldError error = one.error;
  if (one.holder && !may_get(*one.holder)) error.message = one.unnamed;
  if (own != conflicts.end()) return refused(kind, key.name, error);
  return conflict(kind, key.name,
                  (may_get(one.key) ? text_of(one.key) : "an object that you may not read") +
                      " would be in conflict: " + error.message);
}

}  // namespace doorward::rest
