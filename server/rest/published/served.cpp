#include "server/rest/published/served.hpp"

namespace doorward::rest {

std::string Served::singular() const {
  std::string name = kind;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

Served served_virtual(const resources::Kind& kind) {
  return {.group = std::string(kind.group),
          .version = std::string(kind.version),
          .plural = std::string(kind.plural()),
          .kind = std::string(kind.name),
          .namespaced = false,
          .verbs = {"delete", "get", "list"},
          .schema = &kind.schema};
}

}  // namespace doorward::rest
