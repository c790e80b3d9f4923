#pragma once
// What is in conflict with another object, as the failure that its writer is told: 403 for a limit, 409 for
// what another one has. Pure functions.
#include "server/resources/reconcile.hpp"
#include "server/rest/wire/failure.hpp"

#include <expected>
#include <functional>
#include <string_view>
#include <vector>

namespace doorward::rest {

std::unexpected<Failure> refused(const resources::Kind& kind, std::string_view name,
                                 const resources::FieldError& error);

// Whether whoever wrote may also read that object: another one is not named to him.
using MayGet = std::function<bool(const ObjectKey&)>;

// Of one conflict at least: that of the object `key` itself, of this kind, where it has one.
std::unexpected<Failure> refused(const resources::Kind& kind, const ObjectKey& key,
                                 const std::vector<resources::Conflict>& conflicts, const MayGet& may_get);

}  // namespace doorward::rest
