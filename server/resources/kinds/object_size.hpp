#pragma once
// How large an object may be that is stored, as JSON. Bodies are bounded by the door that they come through,
// and an object by itself here, since it is read again by writes, lists and watches of everybody. Pure
// functions, any thread.
#include "server/resources/kinds/catalogue.hpp"

#include <cstddef>
#include <optional>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// Of the kinds that a write of one object reads whole, whoever's they are: address spaces, plans and
// services.
inline constexpr std::size_t max_bytes_read_whole = std::size_t{128} << 10;
// Of all others: a user with rules for 10,000 addresses, and what etcd takes.
inline constexpr std::size_t max_bytes = std::size_t{3} << 19;  // 1.5 MiB

std::size_t max_object_bytes(const Kind& kind);
// The same with the status and with what server-side apply keeps of each manager, which is as much again.
inline std::size_t max_stored_bytes(const Kind& kind) { return 2 * max_object_bytes(kind); }

// `document` is the object without its status. The fault is in the largest of its fields.
std::optional<FieldError> check_size(const Kind& kind, const nlohmann::json& document);

}  // namespace doorward::resources
