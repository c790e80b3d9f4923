#pragma once
// The REST API's door, put together: its certificate (a given one, or one of its own), the callers that it
// knows, the roles that say what they may, and the HTTPS listener in front of what answers.
//
// Made, drained and stopped on the main thread; look() on the watchman's.
#include "server/callers/callers.hpp"
#include "server/config/config.hpp"
#include "server/http/http_server.hpp"
#include "server/login/guess_guard.hpp"
#include "server/login/worker_pool.hpp"
#include "server/resources/policy_watch.hpp"
#include "server/resources/settings.hpp"
#include "server/resources/write_turns.hpp"
#include "server/rest/api.hpp"
#include "server/rest/rbac_authorizer.hpp"
#include "server/reviews/token_reviews.hpp"
#include "server/service/refused_writes.hpp"
#include "server/service/watched_certificate.hpp"
#include "server/telemetry/rest_metrics.hpp"
#include "store/data_directory.hpp"
#include "store/store.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace doorward {

class OwnCertificate;

class RestDoor {
 public:
  struct Resources {
    Store& store;
    const resources::Settings& settings;
    resources::WriteTurns& turns;
    rest::Told told;           // of what requests write
    TellRefusedWrite refused;  // and of what they may not
    Callers::Told tokens;      // and of who may send some
    TokenReviews* reviews;     // null: no API server knows tokens
    RestMetrics& metrics;      // must outlive it
    GuessGuard& guesses;       // that as well
    WorkerPool& pool;          // derives the passwords of users; that as well
  };
  // `config.https` has an address. At the first start of a data directory makes the administrator's access.
  static Result<std::unique_ptr<RestDoor>> open(const Config& config, const DataDirectory& directory,
                                                const Resources& resources);
  ~RestDoor();

  std::string address() const { return server_->address(); }
  const WatchedCertificate& certificate() const { return *certificate_; }
  // Takes what has changed: tokens, the certificate; makes its own one anew before it ends.
  // `asked`: by SIGHUP.
  void look(bool asked);
  // Accepts no more, ends watches at once, and gives up the passwords that wait for their turn: their
  // requests are answered while their clients are there. Waits for none of that.
  void drain();
  // Does that, and ends requests within the time that logins have from then on.
  void stop();

 private:
  explicit RestDoor(WorkerPool& pool);
  Result<> load_certificate(const Config& config, const DataDirectory& directory);
  Result<> open_api(const Config& config, const Resources& resources);

  WorkerPool& pool_;
  std::chrono::milliseconds grace_{};
  std::unique_ptr<OwnCertificate> own_;  // null: a certificate was given
  std::unique_ptr<WatchedCertificate> certificate_;
  std::unique_ptr<Callers> callers_;
  Callers::Told tokens_told_;
  std::chrono::steady_clock::time_point next_renewal_;
  std::unique_ptr<resources::PolicyWatch> policy_;
  std::unique_ptr<rest::RbacAuthorizer> authorizer_;
  std::unique_ptr<rest::Api> api_;
  std::unique_ptr<http::HttpServer> server_;  // the last: its threads use the rest
};

}  // namespace doorward
