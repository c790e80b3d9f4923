#pragma once
// Which mechanisms each type of service offers and takes. Adding one to standard services is an entry in the
// table of catalogue.cpp, from which all here follows, beside the source of the mechanism itself; a form that
// `none` services speak is an entry in permissive.cpp, and in their offer where they offer it. All data is
// static: any thread.
#include "mechanisms/mechanism.hpp"
#include "store/model/realms.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace doorward {

// What a service of this type offers, the strongest first. `plain_allowed` is false where passwords would
// travel unprotected: PLAIN and its like are left out then. `reviews`: somebody can review tokens, without
// which a standard service offers none of the mechanisms that carry one.
std::vector<std::string_view> offered_mechanisms(ServiceType type, bool plain_allowed, bool reviews = false);

// The mechanism to run for a realm of that type, or null where it is not available there. A `none` service
// takes every mechanism that needs no proof from the server, offered or not.
std::unique_ptr<Mechanism> make_mechanism(ServiceType type, std::string_view name, bool plain_allowed,
                                          bool reviews = false);

// What whoever reads the connection learns of a client's secret, with any type of service.
enum class Carries : std::uint8_t { proof, password, token };
// Of what is not known by name: `proof`.
Carries carried_by(std::string_view mechanism);

// Whether the name is one that doorward knows: fit for a metric label.
bool is_known_mechanism(std::string_view name);

}  // namespace doorward
