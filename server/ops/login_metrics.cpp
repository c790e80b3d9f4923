#include "server/ops/login_metrics.hpp"

namespace doorward {

void LoginMetrics::count(const LoginFact& fact) {
  const std::string_view realm = fact.realm_known ? std::string_view(fact.realm) : metrics::other;
  const std::string_view mechanism = fact.mechanism_known ? std::string_view(fact.mechanism) : metrics::other;
  const std::string_view type = fact.service_type ? to_string(*fact.service_type) : "unknown";
  const std::string_view outcome = fact.outcome ? to_string(*fact.outcome) : "aborted";
  logins_.add({realm, mechanism, type, outcome});
  reasons_.add({to_string(fact.reason)});
  durations_.observe({mechanism, outcome}, fact.duration);
  if (fact.held_by != HeldBy::nothing) held_.observe({to_string(fact.held_by)}, fact.held);
}

void LoginMetrics::collect(metrics::Exposition& page) const {
  logins_.collect(page);
  reasons_.collect(page);
  durations_.collect(page);
  held_.collect(page);
}

}  // namespace doorward
