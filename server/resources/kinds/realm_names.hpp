#pragma once
// Realms as fields of resources, and the one name that nobody may choose. Pure functions.
#include "server/resources/kinds/schema.hpp"
#include "store/model/names.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// On an AddressSpace: its realm, in place of the one that is computed from its names.
inline constexpr std::string_view realm_annotation = "enmasse.io/realm-name";

// What is wrong with the realm that the field names; nothing where it is absent or fine.
std::optional<FieldError> check_realm_field(const nlohmann::json& object,
                                            std::initializer_list<std::string_view> path);

// Where the login record of a user waits whose address space does not exist: a realm under `.invalid` (RFC
// 6761), which check_realm_field() refuses, so that no address space can ever own it and no login is looked
// up in it.
Realm waiting_realm(std::string_view ns, std::string_view address_space);

}  // namespace doorward::resources
