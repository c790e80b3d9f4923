#include "server/rest/served.hpp"

#include "server/rest/reviews.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::rest {

std::string Served::singular() const {
  std::string name = kind;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

std::vector<Served> served_kinds() {
  const std::vector<std::string> all{"create", "delete", "deletecollection", "get",
                                     "list",   "patch",  "update",           "watch"};
  const std::vector<std::string> reading{"get", "list", "watch"};
  std::vector<Served> served{{.group = "",
                              .version = "v1",
                              .plural = "namespaces",
                              .kind = "Namespace",
                              .namespaced = false,
                              .verbs = {"get"},
                              .short_names = {"ns"}}};
  for (const resources::Kind& kind : resources::kinds()) {
    Served row{.group = std::string(kind.group),
               .version = std::string(kind.version),
               .kind = std::string(kind.name)};
    row.plural = kind.plural();
    row.namespaced = kind.is_namespaced();
    row.has_status = !kind.computed && resources::find_property(kind.schema, "status") != nullptr;
    row.verbs = kind.computed ? reading : all;
    if (row.group.ends_with("enmasse.io")) row.categories = {"enmasse"};
    row.schema = &kind.schema;
    served.push_back(std::move(row));
  }
  std::ranges::move(served_reviews(), std::back_inserter(served));
  return served;
}

}  // namespace doorward::rest
