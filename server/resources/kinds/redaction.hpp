#pragma once
// Taking the secrets out of a resource, wherever a client put them, by what its schema calls secret. Pure
// functions.
#include "server/resources/kinds/catalogue.hpp"

#include <nlohmann/json.hpp>

namespace doorward::resources {

// kubectl's client-side apply copies the whole manifest, secrets and all, into this annotation.
inline constexpr std::string_view last_applied_annotation =
    "kubectl.kubernetes.io/last-applied-configuration";

// Removes every secret field of the object, and of the manifest in its last-applied annotation. An annotation
// that does not read as a manifest of the same kind goes as a whole: who knows what is in it.
void redact(const Kind& kind, nlohmann::json& object);

}  // namespace doorward::resources
