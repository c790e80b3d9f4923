#include "server/rest/owner_label.hpp"

#include "server/resources/apply.hpp"
#include "server/resources/document/json_access.hpp"

#include <string>

namespace doorward::rest {

using nlohmann::json;

void keep_owner(json& object, const json& before) {
  const json* owner = resources::find_at(before, {"metadata", "labels", resources::owner_label});
  if (owner != nullptr) {
    object["metadata"]["labels"][std::string(resources::owner_label)] = *owner;
  } else if (resources::find_at(object, {"metadata", "labels", resources::owner_label}) != nullptr) {
    object["metadata"]["labels"].erase(std::string(resources::owner_label));
  }
}

}  // namespace doorward::rest
