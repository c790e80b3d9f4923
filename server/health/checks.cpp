#include "server/health/checks.hpp"

#include <algorithm>

namespace doorward {
namespace {

using Results = std::vector<std::pair<std::string, std::string>>;

// `verbose`, alone or among others, with a value or without.
bool asks_for_all(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    if (part == "verbose" || part.starts_with("verbose=")) return true;
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

void Checks::add(std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  checks_.emplace_back(std::move(name), std::move(check));
}

void Checks::started() {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::starting) phase_ = Phase::serving;
}

void Checks::draining() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::draining;
}

HealthReply Checks::report(std::string_view name, const HealthRequest& request,
                           const Results& results) const {
  const bool well = std::ranges::all_of(results, [](const auto& result) { return result.second.empty(); });
  HealthReply reply{.status = well ? 200u : 503u};
  if (well && !asks_for_all(request.query)) {
    reply.body = "ok";
    return reply;
  }
  for (const auto& [check, wrong] : results) {
    reply.body += wrong.empty() ? "[+]" + check + " ok\n" : "[-]" + check + " failed: " + wrong + "\n";
  }
  reply.body += std::string(name) + (well ? " check passed\n" : " check failed\n");
  return reply;
}

// The health port has answered: nothing else may end the process, since a restart would mend nothing.
HealthReply Checks::live(const HealthRequest& request) const {
  return report("livez", request, {{"process", ""}});
}

HealthReply Checks::ready(const HealthRequest& request) const {
  std::vector<std::pair<std::string, Check>> checks;
  Phase phase = Phase::starting;
  {
    const std::lock_guard lock(mutex_);
    phase = phase_;
    checks = checks_;
  }
  Results results{{"started", phase == Phase::starting ? "the service is starting" : ""},
                  {"accepting", phase == Phase::draining ? "the service is ending" : ""}};
  // While it starts or ends its parts are not to be asked.
  if (phase == Phase::serving) {
    for (const auto& [name, check] : checks) results.emplace_back(name, check());
  }
  return report("readyz", request, results);
}

}  // namespace doorward
