#include "server/resources/reconcile_spaces.hpp"

#include "mechanisms/catalogue.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/address_space.hpp"
#include "server/resources/kinds/plans.hpp"
#include "server/resources/plan_counting.hpp"
#include "server/resources/prepare.hpp"
#include "server/resources/visibility.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace doorward::resources {

using nlohmann::json;
using Object = Workspace::Object;

namespace {

// What it means that a plan is missing, or something that it names: not that nobody can log in.
const std::string without_limits = ": logins go on, without its limits";
const std::string within_limits = ": logins go on, and its limits count all the same";

ObjectRef ref_of(const Object& object) { return {object.key.ns, object.key.name}; }

// The first of those that want the same realm, or the same pinned service, keeps it: whoever has the realm,
// else the first by name.
const Object* holder_of(const std::vector<Object*>& claimants, const std::string& realm) {
  const auto has_it = [&](const Object* object) {
    return text_at(object->before, {"status", "realm"}) == realm;
  };
  const auto found = std::ranges::find_if(claimants, has_it);
  return found == claimants.end() ? claimants.front() : *found;
}

class Spaces {
 public:
  Spaces(Workspace& workspace, const Settings& settings, std::vector<Conflict>& conflicts)
      : workspace_(workspace), settings_(settings), conflicts_(conflicts) {}

  void plans() {
    for (Object* plan : workspace_.all(store_kind::address_space_plans))
      plan->document["status"] = plan_status(missing_for_plan(plan->document, sees(*plan)));
    for (Object* plan : workspace_.all(store_kind::address_plans)) plan->document["status"] = plan_status({});
  }

  void services() {
    for (Object* object : workspace_.all(store_kind::authentication_services)) {
      Service service = service_of(object->document);
      if (service.type == ServiceType::external)
        ask_bridge(service, {.service = ref_of(*object)}, object->document);
      object->document["status"] = service_status(service);
      if (object->existed()) {
        const Service before = service_of(object->before);
        if (before.type != service.type) turned_.emplace(ref_of(*object), before.type);
        if (before.realm != service.realm && service.realm) newly_pinned_.insert(ref_of(*object));
      }
      types_.insert(service.type);
      services_.emplace(ref_of(*object), service);
    }
  }

  void address_spaces() {
    for (Object* space : workspace_.all(store_kind::address_spaces)) claim(*space);
    settle_services();
    settle_realms();
  }

 private:
  // What one space wants, and its status as if it got it: where another one has it, the write is refused.
  void claim(Object& space) {
    const auto had = had_by(space);
    const auto choice = choose_service(
        {.space = space.document, .before = space.before, .ns = space.key.ns, .is_written = space.touched},
        had, services_, settings_.infra_namespace);
    if (choice.service == nullptr && had && newly_pinned_.contains(had->service))
      conflict(space, "spec.authenticationService",
               "AuthenticationService " + had->service.text() +
                   " is pinned to a realm by its spec.realm, and this address space was not given that: "
                   "before, let whoever may claim it name it here (the annotation enmasse.io/realm-name) "
                   "beside the service, or name another service");
    const auto claimed = realm_of(space.document, ref_of(space), choice);
    if (!claimed) {
      conflict(space, "metadata.name",
               claimed.error().message + "; or name one with the annotation enmasse.io/realm-name");
      return;
    }
    by_realm_[claimed->realm.text()].push_back(&space);
    claimed_by_[&space] = claimed->field;
    BridgeChoice chosen;
    Service service;
    if (choice.service != nullptr) {
      if (choice.service->second.realm) by_pinned_service_[choice.service->first].push_back(&space);
      chosen = bridge_of(space.document, choice);
      service = service_at(chosen.bridge, *choice.service);
    }
    space.document["status"] = address_space_status(*claimed, choice, chosen.bridge, login_rate(space),
                                                    missing(space, choice, service, chosen.bridge),
                                                    advice(*claimed, choice, service, chosen.ignored));
  }

  void settle_services() {
    for (const auto& [service, spaces] : by_pinned_service_) {
      const Object* holder = holder_of(spaces, services_.at(service).realm->text());
      for (const Object* space : spaces) {
        if (space == holder) continue;
        conflict_with(*holder, *space, "spec.authenticationService", [&](const std::string& whose) {
          return "AuthenticationService " + service.text() +
                 " is pinned to one address space by its spec.realm, and " + whose +
                 " has it: name another service";
        });
      }
    }
  }

  void settle_realms() {
    for (const auto& [realm, spaces] : by_realm_) {
      const Object* holder = holder_of(spaces, realm);
      for (const Object* space : spaces) {
        if (space == holder || in_conflict_.contains(space)) continue;
        conflict_with(*holder, *space, claimed_by_.at(space), [&](const std::string& whose) {
          return "the realm " + quoted(realm) + " is that of " + whose +
                 ": name another one with the annotation enmasse.io/realm-name";
        });
      }
    }
  }

  void conflict(const Object& object, std::string where, std::string message) {
    conflicts_.push_back({object.key, {FieldError::Type::duplicate, std::move(where), std::move(message)}});
    in_conflict_.insert(&object);
  }

  // Whoever gives a service another type gives it to the spaces that have it.
  std::optional<HadService> had_by(const Object& space) const {
    auto had = had_service(space.before);
    if (!had) return had;
    const auto turned = turned_.find(had->service);
    had->is_turned = turned != turned_.end() && turned->second == had->type;
    // Data directories of before say nothing of pins: who had a pinned service had been given it.
    const auto service = services_.find(had->service);
    if (had->pin.empty() && find_at(space.before, {"status", "authenticationService"}) != nullptr &&
        service != services_.end() && service->second.realm && !newly_pinned_.contains(had->service))
      had->pin = service->second.realm->text();
    return had;
  }

  // `message` is given who has what the object wants.
  template <class Message>
  void conflict_with(const Object& holder, const Object& object, std::string where, Message message) {
    conflict(object, std::move(where), message(object_text(*holder.kind, holder.key)));
    conflicts_.back().holder = holder.key;
    conflicts_.back().unnamed = message("another address space");
  }

  Sees sees(const Object& object) {
    return [this, &object](std::string_view store_kind, const std::string& name) {
      return seen_from(workspace_, settings_, object.key.ns, store_kind, name) != nullptr;
    };
  }

  // The service as the space has it: where it overrides the place, it is another bridge that has to answer.
  Service service_at(const BridgeRef& bridge, const Services::value_type& chosen) {
    Service service = chosen.second;
    if (!bridge.overrides()) return service;
    const Object* object = workspace_.find(
        {std::string(store_kind::authentication_services), bridge.service.ns, bridge.service.name});
    if (object != nullptr) ask_bridge(service, bridge, object->document);
    return service;
  }

  void ask_bridge(Service& service, const BridgeRef& ref, const json& document) const {
    BridgeState bridge{.why_not = "no bridge to an external service is loaded", .mechanisms = {}};
    if (settings_.bridge) bridge = settings_.bridge(ref, document);
    service.answers = bridge.why_not.empty();
    service.why_not = std::move(bridge.why_not);
    service.mechanisms = std::move(bridge.mechanisms);
  }

  std::vector<std::string> missing(const Object& space, const ServiceChoice& choice, const Service& service,
                                   const BridgeRef& bridge) {
    std::vector<std::string> missing;
    if (choice.service == nullptr) {
      missing.push_back(choice.missing + ": logins end with sys-temp");
    } else if (!service.answers) {
      missing.push_back("AuthenticationService " + bridge.text() +
                        " does not answer: logins end with sys-temp (" + service.why_not + ")");
    }
    const std::string name = text_at(space.document, {"spec", "plan"});
    const Object* plan = named_plan(workspace_, settings_, space);
    if (plan == nullptr) {
      missing.push_back("AddressSpacePlan " + quoted(name) + " does not exist" + without_limits);
    } else if (plan_of(workspace_, settings_, space) == nullptr) {
      missing.push_back("AddressSpacePlan " + quoted(name) + " is for address spaces of the other type" +
                        without_limits);
    } else if (text_at(plan->document, {"status", "phase"}) != "Active") {
      missing.push_back("AddressSpacePlan " + quoted(name) + ": " +
                        text_at(plan->document, {"status", "message"}) + within_limits);
    }
    return missing;
  }

  // Of a plan that bounds the space, as its users are counted: of others missing() says that logins go on
  // without their limits.
  std::optional<double> login_rate(const Object& space) {
    const Object* plan = plan_of(workspace_, settings_, space);
    if (plan == nullptr) return std::nullopt;
    const json* rate = find_at(plan->document, {"spec", "resourceLimits", login_rate_limit});
    if (rate == nullptr || !rate->is_number()) return std::nullopt;
    return rate->get<double>();
  }

  // Clients take the strongest mechanism that a listener offers; where it offers for all services, that may
  // be one that this service cannot do.
  std::vector<std::string> advice(const RealmClaim& claim, const ServiceChoice& choice,
                                  const Service& service, const std::string& ignored) const {
    if (choice.service == nullptr) return {};
    std::vector<std::string> said;
    if (!ignored.empty()) said.push_back(ignored);
    const auto offers = [](ServiceType type, std::string_view mechanism) {
      const auto names = offered_mechanisms(type, true);
      return std::ranges::find(names, mechanism) != names.end();
    };
    for (const ServiceType type : types_) {
      for (const std::string_view mechanism : offered_mechanisms(type, true)) {
        const auto& own = service.mechanisms;
        if (!scram_hash_of(mechanism) || offers(service.type, mechanism) ||
            std::ranges::find(own, mechanism) != own.end())
          continue;
        said.push_back(
            "clients that take the strongest mechanism may choose " + std::string(mechanism) +
            ", which other services offer and this one does not: give the realm a listener of its own "
            "(amqp.listeners: - {address: HOST:PORT, realm: " +
            claim.realm.text() + "}), or use its name as SNI");
        return said;
      }
    }
    return said;
  }

  Workspace& workspace_;
  const Settings& settings_;
  std::vector<Conflict>& conflicts_;
  Services services_;
  std::set<ServiceType> types_;
  std::map<ObjectRef, ServiceType> turned_;  // services whose type this write changes, and what it was
  std::set<ObjectRef> newly_pinned_;         // by this write, though they were there
  std::map<std::string, std::vector<Object*>> by_realm_;
  std::map<ObjectRef, std::vector<Object*>> by_pinned_service_;
  std::map<const Object*, std::string> claimed_by_;  // the field that names the realm
  std::set<const Object*> in_conflict_;
};

}  // namespace

void reconcile_spaces(Workspace& workspace, const Settings& settings, std::vector<Conflict>& conflicts) {
  Spaces spaces(workspace, settings, conflicts);
  spaces.plans();
  spaces.services();
  spaces.address_spaces();
}

}  // namespace doorward::resources
