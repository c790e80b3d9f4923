#include "server/ops/login_log.hpp"

namespace doorward {

log::Level level_of(const LoginFact& fact) {
  if (fact.reason == LoginReason::internal) return log::Level::warning;
  if (!fact.outcome) return log::Level::info;  // aborted: the peer's doing
  switch (*fact.outcome) {
    case SaslCode::ok:
      return log::Level::debug;
    case SaslCode::auth:
      return log::Level::info;
    case SaslCode::sys:
    case SaslCode::sys_perm:
    case SaslCode::sys_temp:
      break;
  }
  return log::Level::warning;
}

void log_login(const LoginFact& fact) {
  const log::Level level = level_of(fact);
  if (!log::enabled(level)) return;
  log::write(level, "login",
             {{"outcome", fact.outcome ? to_string(*fact.outcome) : "aborted"},
              {"reason", to_string(fact.reason)},
              {"realm", fact.realm},
              {"mechanism", fact.mechanism},
              {"user", fact.username},
              {"service_type", fact.service_type ? to_string(*fact.service_type) : "unknown"},
              {"peer", fact.peer},
              {"tls", fact.tls},
              {"container", fact.container_id},
              {"held_by", to_string(fact.held_by)},
              {"held_ms", std::chrono::duration<double, std::milli>(fact.held).count()},
              {"ms", std::chrono::duration<double, std::milli>(fact.duration).count()},
              {"login", fact.login_id}});
}

}  // namespace doorward
