#pragma once
// What somebody wants to write, held against what is there and against where the request was sent. Pure.
#include "server/rest/object_writer.hpp"

namespace doorward::rest {

// Makes the object complete (names that the path says) and refuses what contradicts the path or the current
// object: another name, a stale resourceVersion, another uid.
Reply<> check_identity(const resources::Kind& kind, const ObjectKey& key, nlohmann::json& object,
                       const Current& current);

}  // namespace doorward::rest
