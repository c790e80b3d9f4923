#pragma once
// Logins as metrics. count() is called on the loop that ran the login, from several threads at once; what a
// peer made up (a realm, a mechanism) is counted as `other`.
#include "server/ops/metrics.hpp"
#include "store/model/login_fact.hpp"

namespace doorward {

class LoginMetrics {
 public:
  // Realms that have series of their own; those that come later share `other`.
  static constexpr std::size_t max_realms = 1'000;

  void count(const LoginFact& fact);
  void collect(metrics::Exposition& page) const;

 private:
  metrics::Counters logins_{{"doorward_logins",
                             "Logins that ended, by how: outcome aborted means that the peer got no answer.",
                             {{"realm", max_realms}, {"mechanism"}, {"service_type"}, {"outcome"}}}};
  metrics::Counters reasons_{
      {"doorward_login_reasons", "Logins that ended, by the reason that the log has.", {{"reason", 64}}}};
  metrics::Durations durations_{{"doorward_login_duration_seconds",
                                 "From the client's first message to the outcome.",
                                 {{"mechanism"}, {"outcome"}}}};
  metrics::Durations held_{
      {"doorward_login_held_seconds",
       "How long logins were held back, by what: the logins-per-second of their plan, or "
       "wrong passwords for their account.",
       {{"by"}}}};
};

}  // namespace doorward
