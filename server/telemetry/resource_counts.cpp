#include "server/telemetry/resource_counts.hpp"

#include "server/resources/kinds/catalogue.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace doorward {
namespace {

// Counting takes a tenth of the time at most.
constexpr int pause_factor = 9;
constexpr std::string_view addresses = "addresses.enmasse.io";
constexpr std::array<std::string_view, 5> known_phases{"Active", "Configuring", "Pending", "Failed",
                                                       "Terminating"};

// What was written by hand into the store makes no series.
std::string_view label_of(const std::string& phase) {
  for (const std::string_view known : known_phases) {
    if (phase == known) return known;
  }
  return "other";
}

// Every phase is there, so that an alert sees its first one.
void collect_phases(metrics::Exposition& page, std::string_view name, std::string_view help,
                    const std::map<std::string, std::uint64_t>& phases) {
  std::map<std::string_view, std::uint64_t> shown;
  for (const std::string_view known : known_phases) shown[known] = 0;
  for (const auto& [phase, count] : phases) shown[label_of(phase)] += count;
  page.family(name, metrics::Type::gauge, help);
  for (const auto& [phase, count] : shown) {
    const metrics::Label labels[] = {{"phase", phase}};
    page.sample(labels, count);
  }
}

// The names that EnMasse's components have for it, which its alerts ask for.
void collect_ready(metrics::Exposition& page, std::string_view ready_name, std::string_view not_ready_name,
                   std::string_view what, const std::map<std::string, std::uint64_t>& phases) {
  std::uint64_t ready = 0, not_ready = 0;
  for (const auto& [phase, count] : phases) (phase == "Active" ? ready : not_ready) += count;
  page.gauge(ready_name, std::string(what) + " that are ready.", static_cast<double>(ready));
  page.gauge(not_ready_name, std::string(what) + " that are not ready.", static_cast<double>(not_ready));
}

}  // namespace

void ResourceCounts::refresh(const Store& store) {
  const auto began = Clock::now();
  if (began < not_before_) return;
  const Result<ResourceVersion> version = store.version();
  if (!version || (counted_ && *version == counted_at_)) return;
  auto spaces = store.phases(resources::store_kind::address_spaces);
  auto of_addresses = store.phases(addresses);
  auto users = store.phases(resources::store_kind::messaging_users);
  const auto ended = Clock::now();
  not_before_ = ended + (ended - began) * pause_factor;
  if (!spaces || !of_addresses || !users) return;
  // A commit in between is counted in part: the version from before makes the next look count again.
  counted_at_ = *version;
  const std::lock_guard lock(mutex_);
  counted_ = true;
  spaces_ = std::move(*spaces);
  addresses_ = std::move(*of_addresses);
  users_ = std::move(*users);
}

void ResourceCounts::collect(metrics::Exposition& page) const {
  const std::lock_guard lock(mutex_);
  if (!counted_) return;  // zeros would be untrue
  collect_phases(page, "doorward_address_spaces", "Address spaces, by phase.", spaces_);
  collect_phases(page, "doorward_addresses", "Addresses, by phase.", addresses_);
  collect_phases(page, "doorward_users", "Messaging users, by phase.", users_);
  collect_ready(page, "address_space_status_ready", "address_space_status_not_ready", "Address spaces",
                spaces_);
  collect_ready(page, "address_status_ready", "address_status_not_ready", "Addresses", addresses_);
}

}  // namespace doorward
