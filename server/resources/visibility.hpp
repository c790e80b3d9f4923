#pragma once
// Which object a name in another object means: services, plans and infra configs are looked for in the
// namespace of whoever names them, then in that of the infrastructure.
#include "server/resources/settings.hpp"
#include "server/resources/workspace.hpp"

#include <string>
#include <string_view>

namespace doorward::resources {

// Null where there is none.
Workspace::Object* seen_from(Workspace& workspace, const Settings& settings, std::string_view ns,
                             std::string_view store_kind, const std::string& name);

}  // namespace doorward::resources
