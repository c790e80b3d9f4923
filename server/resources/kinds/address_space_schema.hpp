#pragma once
// AddressSpaceSchema: what tenants may choose from, for each type of address space. Computed and read-only.
#include "server/resources/kinds/schema.hpp"

namespace doorward::resources {

const Schema& schema_of_address_space_schemas();

}  // namespace doorward::resources
