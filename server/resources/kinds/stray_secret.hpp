#pragma once
// A secret that stands where it would be shown: a copy of a password in an annotation, say, as a JSON patch
// or a tool that keeps the whole manifest makes one. Redaction cannot find it by its place, so the object is
// refused. Pure function.
#include "server/resources/kinds/catalogue.hpp"

#include <cstddef>
#include <optional>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// A text of fewer bytes in the middle of an annotation may be there by chance.
inline constexpr std::size_t min_embedded_secret_bytes = 8;

// The first field beside the secret ones that is the text of one, or an annotation that has it in it; of the
// last-applied annotation redact() takes care. Says which field, and not what. Takes time as the object is
// large: of more secrets, and longer ones, than an object may have only whole texts are compared.
std::optional<FieldError> stray_secret(const Kind& kind, const nlohmann::json& object);

}  // namespace doorward::resources
