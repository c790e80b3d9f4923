#pragma once
// Which authentication service answers for an address space. Pure functions.
#include "server/resources/kinds/authentication_service.hpp"
#include "store/model/realms.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::resources {

using Services = std::map<ObjectRef, Service>;

// The service that a space had before a write, or has lost and waits for.
struct HadService {
  ObjectRef service;
  ServiceType type = ServiceType::standard;
  std::string pin;         // the realm to which it is pinned, as the space was given it; may be empty
  std::string realm;       // of the space
  bool is_turned = false;  // this write gives the service another type: it stays that of the space
};
// As the status of the space says it. `before` may be null.
std::optional<HadService> had_service(const nlohmann::json& before);

struct ChoosingSpace {
  const nlohmann::json& space;
  const nlohmann::json& before;  // null: it was not there
  std::string_view ns;
  // By the write itself: its writer may claim the realms that it names.
  bool is_written = false;
};

struct ServiceChoice {
  const Services::value_type* service = nullptr;
  std::string missing;                  // without one: why
  std::optional<HadService> waits_for;  // without one: for its status
};

// The service that the space names, else the first of the type it asks for, else the first `standard`, else
// the first `none`; each time in its own namespace, then in `infra_namespace`. But it does not leave by
// itself the one that it had for one that lets in others: one of another type, or another external one. From
// `none`, which lets in everybody, it may go to any. And one that is pinned to a realm is for a space that
// names it, and that has the realm or is written: not for one that stood there when the pin came.
ServiceChoice choose_service(const ChoosingSpace& choosing, const std::optional<HadService>& had,
                             const Services& services, std::string_view infra_namespace);

}  // namespace doorward::resources
