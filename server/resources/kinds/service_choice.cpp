#include "server/resources/kinds/service_choice.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <array>
#include <vector>

namespace doorward::resources {

using nlohmann::json;
using Candidate = Services::value_type;

namespace {

constexpr std::array all_types{ServiceType::standard, ServiceType::none, ServiceType::external};

struct Asked {
  std::string name, type;

  bool nothing() const { return name.empty() && type.empty(); }
};

Asked asked_by(const json& space) {
  return {text_at(space, {"spec", "authenticationService", "name"}),
          text_at(space, {"spec", "authenticationService", "type"})};
}

// Whether somebody has just chosen by name or type. Whoever writes a type beside a name that stays does not:
// it is the name that counts.
bool is_chosen_anew(const Asked& asked, const Asked& before) {
  if (!asked.name.empty()) return asked.name != before.name;
  return !asked.type.empty() && (asked.type != before.type || !before.name.empty());
}

// Those that fit, the best first.
std::vector<const Candidate*> candidates(const Asked& asked, std::string_view ns, const Services& services,
                                         std::string_view infra_namespace) {
  std::vector<std::string_view> namespaces{ns};
  if (infra_namespace != ns) namespaces.push_back(infra_namespace);
  std::vector<const Candidate*> found;
  if (!asked.name.empty()) {
    for (const auto& place : namespaces) {
      const auto it = services.find(ObjectRef{std::string(place), asked.name});
      if (it != services.end()) found.push_back(&*it);
    }
    return found;
  }
  for (const ServiceType wanted : all_types) {
    if (asked.type.empty() ? wanted == ServiceType::external : asked.type != to_string(wanted)) continue;
    for (const auto& place : namespaces) {
      for (auto it = services.lower_bound(ObjectRef{std::string(place), {}});
           it != services.end() && it->first.ns == place; ++it) {
        if (it->second.type == wanted) found.push_back(&*it);
      }
    }
  }
  return found;
}

bool lets_in_no_others(const Candidate& candidate, const HadService& had, const Asked& asked) {
  const ServiceType type = candidate.second.type;
  if (had.type == ServiceType::none || (had.is_turned && candidate.first == had.service)) return true;
  // All standard ones ask the same users. Each external one asks somebody else.
  if (type == had.type) return type == ServiceType::standard || candidate.first == had.service;
  return asked.type == to_string(type) || (asked.nothing() && type == ServiceType::standard);
}

bool may_have_pin(const Candidate& candidate, const std::optional<HadService>& had, const Asked& asked,
                  bool is_written) {
  if (!candidate.second.realm) return true;
  if (asked.name.empty()) return false;
  if (is_written) return true;
  const std::string& pin = candidate.second.realm->text();
  return had && (had->realm == pin || (had->pin == pin && had->service == candidate.first));
}

// Of one that is not taken.
std::string why_not(const Candidate& candidate, const Asked& asked, bool by_pin) {
  const std::string ref = candidate.first.text();
  if (!by_pin) return ref + " is another one of type " + std::string(to_string(candidate.second.type));
  if (asked.name.empty()) return ref + " is pinned to a realm: it is for an address space that names it";
  return ref + " is pinned to the realm " + quoted(candidate.second.realm->text()) +
         ": whoever may claim that has to write the address space again";
}

// What has become of the one that it had, and what to do.
std::string lost(const HadService& had, const Services& services) {
  const auto now = services.find(had.service);
  std::string fate = "is gone";
  if (now != services.end())
    fate = now->second.type == had.type ? "is not for it any more"
                                        : "is of type " + std::string(to_string(now->second.type)) + " now";
  return "AuthenticationService " + had.service.text() + " of type " + std::string(to_string(had.type)) +
         ", which this address space had, " + fate +
         ", and it moves by itself to none that lets in others: bring it back, or choose another one by name "
         "or type in spec.authenticationService";
}

}  // namespace

std::optional<HadService> had_service(const json& before) {
  for (const std::string_view field : {"authenticationService", "waitsFor"}) {
    const json* found = find_at(before, {"status", field});
    if (found == nullptr) continue;
    HadService had{.service = {text_at(*found, {"namespace"}), text_at(*found, {"name"})},
                   .pin = text_at(*found, {"realm"}),
                   .realm = text_at(before, {"status", "realm"})};
    for (const ServiceType type : all_types) {
      if (text_at(*found, {"type"}) != to_string(type)) continue;
      had.type = type;
      return had;
    }
  }
  return std::nullopt;
}

ServiceChoice choose_service(const ChoosingSpace& choosing, const std::optional<HadService>& had,
                             const Services& services, std::string_view infra_namespace) {
  const Asked asked = asked_by(choosing.space);
  const bool is_bound = had && !is_chosen_anew(asked, asked_by(choosing.before));
  std::string withheld;
  for (const Candidate* candidate : candidates(asked, choosing.ns, services, infra_namespace)) {
    const bool by_pin = !may_have_pin(*candidate, had, asked, choosing.is_written);
    if (!by_pin && (!is_bound || lets_in_no_others(*candidate, *had, asked))) return {candidate, {}, {}};
    if (withheld.empty()) withheld = why_not(*candidate, asked, by_pin);
  }
  const std::string aside = withheld.empty() ? "" : " (" + withheld + ")";
  if (is_bound && had->type != ServiceType::none) return {nullptr, lost(*had, services) + aside, had};
  const std::optional<HadService> waits_for = is_bound ? had : std::nullopt;
  if (!asked.name.empty() && !withheld.empty())
    return {nullptr, "AuthenticationService " + withheld, waits_for};
  const std::string places =
      quoted(choosing.ns) + (choosing.ns == infra_namespace ? "" : " and " + quoted(infra_namespace));
  if (!asked.name.empty())
    return {nullptr, "AuthenticationService " + quoted(asked.name) + " does not exist in " + places,
            waits_for};
  return {nullptr,
          "no AuthenticationService of type " + (asked.type.empty() ? "standard or none" : asked.type) +
              " exists in " + places + aside,
          waits_for};
}

}  // namespace doorward::resources
