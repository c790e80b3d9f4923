#pragma once
// One log line for each login. Called on the loop that ran it: a success is a `debug` line, so that at the
// usual level it costs one comparison; a refusal is `info`, a fault of ours `warning`.
#include "server/ops/log.hpp"
#include "store/model/login_fact.hpp"

namespace doorward {

log::Level level_of(const LoginFact& fact);
void log_login(const LoginFact& fact);

}  // namespace doorward
