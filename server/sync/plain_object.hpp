#pragma once
// An object of the REST API as somebody would have written it: without what the server adds. Pure functions.
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::sync {

// The label that says which set of manifests `doorward sync` applied an object from.
inline constexpr std::string_view set_label = "doorward.io/synced-by";

// Without status, and of the metadata with name, namespace, labels and annotations only; without kubectl's
// copy of the manifest.
nlohmann::json plain_object(nlohmann::json object);

// The same without the labels that say who applied it: whoever applies it next says so anew.
nlohmann::json without_owner(nlohmann::json plain);

}  // namespace doorward::sync
