// How a login begins: which realm is named, which service answers for it, and what a listener offers.
#include "mechanisms/catalogue.hpp"
#include "server/login/login_state.hpp"

#include <algorithm>

namespace doorward {
namespace {

// What a peer names is kept for the log and the audit, but no more of it than tells who it was.
constexpr std::size_t max_told_realm_bytes = 256;
constexpr std::size_t max_told_mechanism_bytes = 64;

// By standard and none services together; bridges may add to it.
constexpr std::size_t most_offered = 8;

std::string_view name_realm(const LoginRequest& request, const RealmTable& table) {
  if (!request.hostname.empty()) return request.hostname;
  if (!request.default_realm.empty()) return request.default_realm;
  if (const RealmService* narrowed = table.find(request.sni)) return narrowed->realm.text();
  const RealmService* only = table.only();
  return only ? std::string_view(only->realm.text()) : std::string_view();
}

void add_new(std::vector<std::string_view>& names, const std::vector<std::string_view>& more) {
  for (const std::string_view name : more) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
}

const RealmService* find_realm(const LoginRequest& request, const RealmTable& table, std::string_view name) {
  const RealmService* found = table.find(name);
  if (!found) return nullptr;
  if (!request.default_realm.empty() && name != request.default_realm) return nullptr;
  if (request.listener_service != nullptr && found->service != *request.listener_service) return nullptr;
  return found;
}

}  // namespace

Logins::Logins(Parts parts) : shared_(std::make_unique<Shared>(std::move(parts))) {}
Logins::~Logins() = default;

std::vector<std::string_view> Logins::Shared::external_offer(const std::optional<BridgeRef>& of,
                                                             bool plain_allowed) const {
  if (parts.external == nullptr) return {};
  auto names = parts.external->mechanisms(of);
  if (!plain_allowed) leave_out_passwords(names);
  return names;
}

GuessGuard& Logins::guesses() { return shared_->guesses; }

Login Logins::begin(const LoginRequest& request) {
  return Login(std::make_unique<Login::State>(*shared_, request));
}

std::vector<std::string_view> Logins::offer(const std::optional<ObjectRef>& service, std::string_view realm,
                                            std::string_view sni, bool plain_allowed) const {
  auto names = shared_->offer(service, realm, sni, plain_allowed);
  // A bridge that has not been open yet has not said what it can do, and one that knows only mechanisms with
  // passwords can do nothing here. AMQP forbids an empty offer (section 5.3.3.1): what stands in carries no
  // password, and a login by it ends as it must.
  if (names.empty()) return offered_mechanisms(ServiceType::standard, false);
  return names;
}

std::vector<std::string_view> Logins::Shared::offer(const std::optional<ObjectRef>& service,
                                                    std::string_view realm, std::string_view sni,
                                                    bool plain_allowed) const {
  const RealmSnapshot table = parts.realms();
  if (service) {
    const ServiceType* type = table->service(*service);
    if (type && *type == ServiceType::external)
      return external_offer(BridgeRef{.service = *service}, plain_allowed);
    return offered_mechanisms(type ? *type : ServiceType::standard, plain_allowed, reviews());
  }
  const RealmService* narrowed = table->find(realm.empty() ? sni : realm);
  if (narrowed && narrowed->type == ServiceType::external)
    return external_offer(narrowed->bridge(), plain_allowed);
  if (narrowed) return offered_mechanisms(narrowed->type, plain_allowed, reviews());
  // A realm that the listener names and that is not there yet will be led through the standard steps.
  if (!realm.empty() || table->types().empty())
    return offered_mechanisms(ServiceType::standard, plain_allowed, reviews());

  std::vector<std::string_view> names;
  names.reserve(most_offered);
  for (const ServiceType type : {ServiceType::standard, ServiceType::external, ServiceType::none}) {
    if (std::ranges::find(table->types(), type) == table->types().end()) continue;
    if (type == ServiceType::external) add_new(names, external_offer(std::nullopt, plain_allowed));
    add_new(names, offered_mechanisms(type, plain_allowed, reviews()));
  }
  return names;
}

Login::State::State(Logins::Shared& owner, const LoginRequest& request)
    : shared(owner),
      realms(owner.parts.realms()),
      realm(name_realm(request, *realms)),
      service(find_realm(request, *realms, realm)),
      deadline(request.deadline),
      gone(request.gone),
      exchange(make_mechanism(service_type(), request.mechanism, request.plain_allowed, owner.reviews())) {
  fact.door = request.door;
  fact.login_id = ++owner.last_id;
  fact.peer = request.peer;
  fact.tls = request.tls;
  fact.realm = realm.substr(0, max_told_realm_bytes);
  fact.realm_known = service != nullptr;
  fact.mechanism = request.mechanism.substr(0, max_told_mechanism_bytes);
  fact.mechanism_known = is_known_mechanism(request.mechanism);
  if (service) fact.service_type = service->type;

  if (owner.parts.closed && owner.parts.closed()) {
    refusal = Failure{SaslCode::sys_temp, LoginReason::audit_unavailable};
  } else if (service && !service->ready) {
    refusal = Failure{SaslCode::sys_temp, LoginReason::service_not_ready};
  } else if (service && service->type == ServiceType::external) {
    refusal = connect(request);
  } else if (exchange.ended()) {
    refusal =
        Failure{SaslCode::auth, service ? LoginReason::mechanism_not_available : LoginReason::unknown_realm};
  }
}

Login::Login(std::unique_ptr<State> state) : state_(std::move(state)) {}
Login::Login(Login&&) noexcept = default;
Login::~Login() {
  if (state_) abort(LoginReason::peer_gone);
}

}  // namespace doorward
