// What the service does beside logins while it runs: once a second, and at SIGHUP, it looks at what may have
// changed (files, bridges, the history's length) and takes it; and it feeds systemd's watchdog.
#include "server/ops/log.hpp"
#include "server/service/service_parts.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace doorward {
namespace {

constexpr std::chrono::seconds look_every{1};

// The keys of the file whose values differ.
std::string changed_settings(const Config& a, const Config& b) {
  const std::pair<const char*, bool> settings[] = {
      {"dataDir", a.data_dir != b.data_dir},
      {"secretsDir", a.secrets_dir != b.secrets_dir},
      {"pluginsDir", a.plugins_dir != b.plugins_dir},
      {"threads", a.threads != b.threads},
      {"infraNamespace", a.infra_namespace != b.infra_namespace},
      {"resources", a.resources != b.resources},
      {"amqp", a.listeners != b.listeners},
      {"health", a.health != b.health},
      {"audit", a.audit != b.audit},
      {"tls", a.tls != b.tls},
      {"https", a.https != b.https},
      {"limits", a.limits != b.limits},
      {"credentials", a.credentials != b.credentials},
      {"tokenReview", a.token_review != b.token_review},
      {"log", a.log != b.log},
  };
  std::string names;
  for (const auto& [name, changed] : settings) {
    if (changed) names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

}  // namespace

void Service::Parts::keep_up() {
  watchman.emplace(look_every, [this, first = true](bool asked, const std::stop_token& stop) mutable {
    // Reads every address space, and takes no core from the first logins for that.
    if (std::exchange(first, false)) report->begin(*store);
    look(asked, stop);
  });
}

// A process whose loops hang is not alive, whatever else runs.
void Service::Parts::feed_watchdog() {
  if (!manager.watchdog()) return;
  const auto every = std::chrono::duration_cast<std::chrono::milliseconds>(*manager.watchdog() / 3);
  watchdog.emplace(every, [this, every](bool, const std::stop_token&) {
    if (readiness->loops_run(every)) manager.alive();
  });
}

void Service::Parts::look(bool asked, const std::stop_token& stop) {
  if (asked) manager.reloading();
  if (asked) reread_config();
  if (asked && audit) audit->reopen();
  if (audit) audit->look();
  tell_dropped_lines();
  if (certificate) certificate->look(asked);
  history->look(std::chrono::steady_clock::now());
  if (rest) rest->look(asked);
  const bool applied = folder && folder->look(asked, stop);
  bridges->look(apply.settings, turns);
  report->look(*store, stop);
  if (applied) report->tell_how_to_begin(*store);
  if (health) counts.refresh(*store);
  if (asked) manager.ready();
}

void Service::Parts::reread_config() {
  auto read = reread();
  if (!read) {
    for (const resources::Fault& fault : read.error())
      log::error("configuration fault", {{"fault", fault.text()}});
    log::error("configuration refused: the old one stays in force");
    return;
  }
  log::set_level(read->log.level);
  config.log.level = read->log.level;
  log::info("configuration reread");
  if (*read != config)
    log::warning("some settings have changed that are taken at the next start only",
                 {{"settings", changed_settings(*read, config)}});
}

void Service::Parts::tell_dropped_lines() {
  const std::size_t dropped = log::dropped_lines();
  if (dropped == told_dropped) return;
  log::warning("log lines were dropped: whoever reads them is too slow",
               {{"lines", dropped - std::exchange(told_dropped, dropped)}});
}

}  // namespace doorward
