#pragma once
// What /livez, /readyz and /healthz answer: a list of checks by name, each well or with a sentence of what is
// wrong. Checks are added as the service comes up; until it says that it has, it is not ready. Any thread.
#include "server/health/reply.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace doorward {

class Checks {
 public:
  // Empty: all is well; else what is not, without secrets. Quick, or cached: it is run at each question.
  using Check = std::function<std::string()>;

  void add(std::string name, Check check);
  // From here on `readyz` depends on the checks alone, and before it answers that the service is starting.
  void started();
  // From here on it is not ready, whatever the checks say.
  void draining();

  // Kubernetes' form: `ok`, or each check with `[+]` or `[-]`, where asked by `?verbose` or where one fails.
  HealthReply live(const HealthRequest& request) const;
  HealthReply ready(const HealthRequest& request) const;

 private:
  enum class Phase { starting, serving, draining };
  HealthReply report(std::string_view name, const HealthRequest& request,
                     const std::vector<std::pair<std::string, std::string>>& results) const;

  mutable std::mutex mutex_;
  Phase phase_ = Phase::starting;
  std::vector<std::pair<std::string, Check>> checks_;
};

}  // namespace doorward
