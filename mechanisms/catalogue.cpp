// See catalogue.hpp.
#include "mechanisms/catalogue.hpp"

#include "mechanisms/bearer.hpp"
#include "mechanisms/permissive.hpp"
#include "mechanisms/plain.hpp"
#include "mechanisms/scram.hpp"

#include <algorithm>
#include <span>

namespace doorward {
namespace {

struct Offer {
  std::string_view name;
  bool carries_password = false;  // or a token
  bool needs_reviews = false;
};

// The strongest first.
constexpr Offer standard_offer[] = {{"SCRAM-SHA-512"}, {"SCRAM-SHA-256"},           {"SCRAM-SHA-1"},
                                    {"PLAIN", true},   {"OAUTHBEARER", true, true}, {"XOAUTH2", true, true}};
constexpr Offer none_offer[] = {
    {"EXTERNAL"}, {"OAUTHBEARER", true}, {"XOAUTH2", true}, {"PLAIN", true}, {"ANONYMOUS"}};

std::span<const Offer> offer_of(ServiceType type) {
  switch (type) {
    case ServiceType::none:
      return none_offer;
    case ServiceType::standard:
      return standard_offer;
    case ServiceType::external:
      break;  // can do what its bridge says, which is nothing where there is no bridge
  }
  return {};
}

}  // namespace

std::vector<std::string_view> offered_mechanisms(ServiceType type, bool plain_allowed, bool reviews) {
  const auto offers = offer_of(type);
  std::vector<std::string_view> names;
  names.reserve(offers.size());
  for (const Offer& offer : offers) {
    if ((plain_allowed || !offer.carries_password) && (reviews || !offer.needs_reviews))
      names.push_back(offer.name);
  }
  return names;
}

std::unique_ptr<Mechanism> make_mechanism(ServiceType type, std::string_view name, bool plain_allowed,
                                          bool reviews) {
  switch (type) {
    case ServiceType::none:
      return make_permissive_mechanism(name, plain_allowed);
    case ServiceType::standard:
      if (const auto hash = scram_hash_of(name))
        return std::make_unique<ScramMechanism>(*hash, scram_nonce());
      if (name == "PLAIN" && plain_allowed) return std::make_unique<PlainMechanism>();
      if (plain_allowed && reviews) return make_bearer_mechanism(name);
      break;
    case ServiceType::external:
      break;
  }
  return nullptr;
}

bool is_known_mechanism(std::string_view name) { return scram_hash_of(name) || permissive_form(name); }

}  // namespace doorward
