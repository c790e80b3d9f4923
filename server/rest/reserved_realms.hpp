#pragma once
// `reservedrealms.enmasse.io`, of cluster scope and made when somebody looks: a realm that an address space
// has used stays with its namespace for good, so that nobody else is asked for the passwords of its clients.
// Whoever may delete one, once no address space has it, lets every namespace take it. Any thread.
#include "server/rest/published/served.hpp"
#include "server/rest/virtual_resource.hpp"
#include "store/store.hpp"

namespace doorward::rest {

// The store must outlive it.
VirtualResource reserved_realms(Store& store);
// As discovery and OpenAPI show it.
Served served_reserved_realms();

}  // namespace doorward::rest
