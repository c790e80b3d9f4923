#pragma once
// Every object of a kind, page by page: all pages show one moment.
#include "server/client/api_client.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace doorward::sync {

struct ObjectsFound {
  std::vector<nlohmann::json> items;
  int status = 200;     // of the last answer
  std::string refusal;  // why they may not or cannot be listed; empty: they were
};

// Of one namespace, or (where it is empty) of every one; with a label selector, where it is not empty.
Result<ObjectsFound> list_objects(const AskApi& ask, const resources::Kind& kind, const std::string& ns,
                                  const std::string& label_selector);

// Of an object as the API shows it.
ObjectKey key_of(const resources::Kind& kind, const nlohmann::json& object);

}  // namespace doorward::sync
