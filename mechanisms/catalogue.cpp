// See catalogue.hpp.
#include "mechanisms/catalogue.hpp"

#include "mechanisms/bearer.hpp"
#include "mechanisms/permissive.hpp"
#include "mechanisms/plain.hpp"
#include "mechanisms/scram.hpp"

#include <algorithm>
#include <iterator>

namespace doorward {
namespace {

// Of a standard service.
struct Entry {
  std::string_view name;
  std::unique_ptr<Mechanism> (*make)(std::string_view name);
  Carries carries = Carries::proof;

  // A token is a secret, and somebody has to review it.
  bool is_available(bool plain_allowed, bool reviews) const {
    return (carries == Carries::proof || plain_allowed) && (carries != Carries::token || reviews);
  }
};

template <ScramHash hash>
std::unique_ptr<Mechanism> make_scram(std::string_view) {
  return std::make_unique<ScramMechanism>(hash, scram_nonce());
}

std::unique_ptr<Mechanism> make_plain(std::string_view) { return std::make_unique<PlainMechanism>(); }

// The strongest first.
constexpr Entry standard_mechanisms[] = {
    {"SCRAM-SHA-512", make_scram<ScramHash::sha512>},
    {"SCRAM-SHA-256", make_scram<ScramHash::sha256>},
    {"SCRAM-SHA-1", make_scram<ScramHash::sha1>},
    {"PLAIN", make_plain, Carries::password},
    {"OAUTHBEARER", make_bearer_mechanism, Carries::token},
    {"XOAUTH2", make_bearer_mechanism, Carries::token},
};

// Of the forms of permissive.hpp, those that clients are to choose from.
constexpr std::string_view none_offer[] = {"EXTERNAL", "OAUTHBEARER", "XOAUTH2", "PLAIN", "ANONYMOUS"};

const Entry* find_standard(std::string_view name) {
  const auto* entry = std::ranges::find(standard_mechanisms, name, &Entry::name);
  return entry == std::end(standard_mechanisms) ? nullptr : entry;
}

}  // namespace

std::vector<std::string_view> offered_mechanisms(ServiceType type, bool plain_allowed, bool reviews) {
  std::vector<std::string_view> names;
  switch (type) {
    case ServiceType::none:
      names.reserve(std::size(none_offer));
      for (const std::string_view name : none_offer) {
        if (plain_allowed || carried_by(name) == Carries::proof) names.push_back(name);
      }
      break;
    case ServiceType::standard:
      names.reserve(std::size(standard_mechanisms));
      for (const Entry& entry : standard_mechanisms) {
        if (entry.is_available(plain_allowed, reviews)) names.push_back(entry.name);
      }
      break;
    case ServiceType::external:
      break;  // can do what its bridge says, which is nothing where there is no bridge
  }
  return names;
}

std::unique_ptr<Mechanism> make_mechanism(ServiceType type, std::string_view name, bool plain_allowed,
                                          bool reviews) {
  switch (type) {
    case ServiceType::none:
      return make_permissive_mechanism(name, plain_allowed);
    case ServiceType::standard:
      if (const Entry* entry = find_standard(name);
          entry != nullptr && entry->is_available(plain_allowed, reviews))
        return entry->make(name);
      break;
    case ServiceType::external:
      break;
  }
  return nullptr;
}

Carries carried_by(std::string_view mechanism) {
  if (const Entry* entry = find_standard(mechanism)) return entry->carries;
  const PermissiveForm* form = permissive_form(mechanism);
  return form != nullptr && form->carries_password ? Carries::password : Carries::proof;
}

bool is_known_mechanism(std::string_view name) {
  return find_standard(name) != nullptr || permissive_form(name) != nullptr;
}

}  // namespace doorward
