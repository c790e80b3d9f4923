#include "server/service/rest_door.hpp"

#include "server/callers/admin_access.hpp"
#include "server/callers/callers.hpp"
#include "server/callers/certificate.hpp"
#include "server/callers/own_certificate.hpp"
#include "server/callers/private_file.hpp"
#include "server/login/wait_on_pool.hpp"
#include "server/ops/log.hpp"
#include "server/rest/published/public_documents.hpp"
#include "server/rest/reserved_realms.hpp"
#include "server/rest/reviews.hpp"
#include "server/rest/served_kinds.hpp"
#include "server/service/guessed_accounts_of.hpp"
#include "store/model/wiped_frees.hpp"

#include <utility>

#include <fmt/format.h>

namespace doorward {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::hours look_for_renewal_every{1};
constexpr std::size_t max_authority_bytes = 64 * 1024;

// Where a client on this machine reaches the listener.
std::string url_of(const Config& config, const std::string& bound) {
  Address address = *config.https.address;
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  const std::size_t colon = bound.rfind(':');
  const bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format("https://{}{}{}{}", v6 ? "[" : "", address.host, v6 ? "]" : "", bound.substr(colon));
}

}  // namespace

RestDoor::RestDoor(WorkerPool& pool) : pool_(pool) {}
RestDoor::~RestDoor() = default;

Result<> RestDoor::load_certificate(const Config& config, const DataDirectory& directory) {
  TlsFiles files{.certificate = config.tls.certificate, .key = config.tls.key, .client_ca = {}};
  if (files.certificate.empty()) {
    own_ = std::make_unique<OwnCertificate>(directory.tls(), config.https.address->host);
    if (auto made = own_->ensure(); !made) return made;
    files = own_->files();
  }
  files.client_ca = config.https.client_ca;
  auto loaded = WatchedCertificate::load(files);
  if (!loaded) return std::unexpected(loaded.error());
  certificate_ = std::move(*loaded);
  next_renewal_ = Clock::now() + look_for_renewal_every;
  return {};
}

Result<> RestDoor::open_api(const Config& config, const Resources& resources) {
  auto watching = resources::PolicyWatch::start(resources.store);
  if (!watching) return std::unexpected(watching.error());
  policy_ = std::move(*watching);
  authorizer_ = std::make_unique<rest::RbacAuthorizer>(*policy_);
  const auto documents =
      std::make_shared<const rest::PublicDocuments>(rest::served_kinds(), DOORWARD_VERSION);
  auto virtual_resources = rest::reviews(*policy_, resources.store);
  virtual_resources.push_back(rest::reserved_realms(resources.store));
  virtual_resources.push_back(rest::guessed_accounts(guessed_accounts_of(resources.guesses)));
  auto made = rest::Api::make(
      {.store = resources.store,
       .authorizer = *authorizer_,
       .settings = resources.settings,
       .turns = resources.turns,
       .admit = rest::admit_by(*policy_, resources.store, resources.settings.infra_namespace),
       .told = resources.told,
       .passwords =
           [&pool = pool_](std::string_view ns, Clock::time_point until, const std::function<void()>& work) {
             return wait_on(pool, WorkerPool::Share::writes, ns, until, work);
           },
       .quota = {.objects = config.limits.objects_per_namespace,
                 .members = config.limits.members_per_namespace},
       .virtual_resources = std::move(virtual_resources),
       .public_documents = [documents](const rest::Request& request) { return documents->answer(request); }});
  if (!made) return std::unexpected(made.error());
  api_ = std::move(*made);
  return {};
}

Result<std::unique_ptr<RestDoor>> RestDoor::open(const Config& config, const DataDirectory& directory,
                                                 const Resources& resources) {
  const WipedFrees wiping;  // the administrator's token is in a text that is written
  std::unique_ptr<RestDoor> door(new RestDoor(resources.pool));
  door->grace_ = config.limits.drain_timeout;
  const AdminAccess admin{directory.tokens(), directory.admin_kubeconfig()};
  if (auto loaded = door->load_certificate(config, directory); !loaded)
    return std::unexpected(loaded.error());
  if (auto made = make_admin_token(admin); !made) return std::unexpected(made.error());
  const auto masters = config.token_review.allow_masters ? ReviewedMasters::kept : ReviewedMasters::dropped;
  auto callers = Callers::load(directory.tokens(), resources.reviews, masters);
  if (!callers) return std::unexpected(callers.error());
  door->callers_ = std::move(*callers);
  door->tokens_told_ = resources.tokens;

  if (auto opened = door->open_api(config, resources); !opened) return std::unexpected(opened.error());

  http::HttpServer::Options options{.host = config.https.address->host, .port = config.https.address->port};
  options.tls = door->certificate_->tls();
  options.client_certificates = !config.https.client_ca.empty();
  RestMetrics& metrics = resources.metrics;
  options.callbacks.answer = metrics.metered(telling_refused_writes(
      [answering = door->api_.get()](rest::Request&& request) { return answering->handle(request); },
      resources.refused));
  options.callbacks.refuse = metrics.metered_refusals(telling_refused_heads(
      [answering = door->api_.get()](const rest::Request& head) { return answering->refuse(head); },
      resources.refused));
  options.callbacks.identify = [known = door->callers_.get(), &metrics](const http::Credentials& shown,
                                                                        std::string_view path) {
    auto caller = known->identify(shown, path);
    if (!caller) metrics.count_stranger(caller.error().status);
    return caller;
  };
  auto listening = http::HttpServer::listen(std::move(options));
  if (!listening) return std::unexpected(listening.error());
  door->server_ = std::move(*listening);

  std::string authority;
  if (door->own_) {
    const auto read = read_file(door->own_->authority(), max_authority_bytes);
    if (!read) return std::unexpected(read.error());
    if (*read) authority = (*read)->reveal();
  } else if (const auto read = read_file(config.tls.certificate, max_authority_bytes); read && *read) {
    authority = root_of((*read)->reveal());
  }
  if (auto written = write_admin_kubeconfig(admin, url_of(config, door->address()), authority); !written) {
    return std::unexpected(written.error());
  }
  return door;
}

void RestDoor::look(bool asked) {
  if (own_ && Clock::now() >= next_renewal_) {
    next_renewal_ = Clock::now() + look_for_renewal_every;
    if (auto done = own_->ensure(); !done) {
      log::warning("https: certificate not renewed: the old one stays in use",
                   {{"reason", done.error().message}});
    }
  }
  const bool other_certificates = certificate_->look(asked);
  const bool other_tokens = callers_->look(tokens_told_);
  if (other_certificates || other_tokens) api_->identify_anew();
}

void RestDoor::drain() {
  server_->drain();
  pool_.close(WorkerPool::Share::writes);
}

void RestDoor::stop() {
  drain();
  server_->stop(grace_);
}

}  // namespace doorward
