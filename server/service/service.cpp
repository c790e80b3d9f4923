#include "server/service/service.hpp"

#include "server/ops/log.hpp"
#include "server/service/listening.hpp"
#include "server/service/service_parts.hpp"

#include <chrono>
#include <csignal>
#include <utility>

namespace doorward {
namespace {

// For each of the audit's disk and the log's reader, after a second signal.
constexpr std::chrono::seconds last_words{1};

}  // namespace

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::start(const Config& config, Reread reread) {
  auto parts = std::make_unique<Parts>();
  parts->config = config;
  parts->reread = std::move(reread);

  // The cheap ones first, so that a mistake shows before a thousand passwords are derived.
  constexpr Result<> (Parts::* steps[])() = {
      &Parts::open_health,       // answers from here on that the service is starting
      &Parts::load_certificate,  //
      &Parts::find_reviews,      // which API server reviews tokens
      &Parts::open_store,        // and the audit, before anything is written
      &Parts::open_bridges,      //
      &Parts::apply_resources,   // nobody can log in before the folder is applied
      &Parts::prepare_logins,    //
      &Parts::listen,            // logins from here on
      &Parts::open_rest,
  };
  for (const auto step : steps) {
    if (auto done = (parts.get()->*step)(); !done) return std::unexpected(done.error());
  }
  parts->measure();  // ready, if the checks say so
  parts->keep_up();
  log_plain(config.listeners);
  log_listening(*parts->amqp, parts->rest ? parts->rest->address() : "");
  parts->feed_watchdog();
  parts->manager.ready();
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

void Service::run() {
  for (;;) {
    const int number = parts_->signals->wait();
    if (number != SIGHUP) break;
    parts_->watchman->ask();
  }
  parts_->checks.draining();  // before anybody reads of it
  log::info("stopping: running logins may finish, new ones are not taken; a second signal cuts them short",
            {{"connections", parts_->amqp->connections()},
             {"seconds", std::chrono::duration<double>(parts_->config.limits.drain_timeout).count()}});
  {
    // The store is made for that; the audit says how far it has come.
    const SecondSignal at_once([this] {
      if (parts_->audit) parts_->audit->finish(last_words);
      log::flush(last_words);
    });
    parts_->manager.stopping();
    parts_->watchman->stop();
    // Every door closes before any of them is waited for, and they have the same time.
    parts_->amqp->drain();
    if (parts_->rest) parts_->rest->drain();
    parts_->amqp->stop();
    if (parts_->rest) parts_->rest->stop();
    parts_->end();
  }
  parts_.reset();
  log::info("stopped");
}

}  // namespace doorward
