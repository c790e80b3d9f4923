#pragma once
// What the configuration says to whoever writes resources.
#include "server/resources/messaging_user.hpp"

#include <string>

namespace doorward::resources {

struct Settings {
  std::string default_namespace = "default";  // of a manifest without one
  std::string infra_namespace =
      "enmasse-infra";  // where services, plans and infra configs are looked up, too
  UserSettings user;
};

}  // namespace doorward::resources
