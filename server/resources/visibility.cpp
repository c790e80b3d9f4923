#include "server/resources/visibility.hpp"

namespace doorward::resources {

Workspace::Object* seen_from(Workspace& workspace, const Settings& settings, std::string_view ns,
                             std::string_view store_kind, const std::string& name) {
  for (const std::string_view candidate : {ns, std::string_view(settings.infra_namespace)}) {
    if (auto* found = workspace.find({std::string(store_kind), std::string(candidate), name})) return found;
  }
  return nullptr;
}

}  // namespace doorward::resources
