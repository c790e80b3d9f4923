#pragma once
// Everything that a running service holds, as manifests from which it can be rebuilt: without what the server
// derives, with the verifiers of users in place of their passwords. Runs on the caller's thread.
#include "server/client/api_client.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace doorward::sync {

// Gives each object as it would have been written, in the order in which they are applied; pages of one kind
// show one moment. Left out is what every instance makes by itself: the built-in roles (unless somebody took
// them over) and what is computed. Answers how many there were; an error is whatever could not be read, so
// that nobody takes a part for the whole.
Result<std::size_t> export_all(const AskApi& ask, const std::string& ns,
                               const std::function<void(nlohmann::json object)>& write);

}  // namespace doorward::sync
