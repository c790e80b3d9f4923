// The bridge to an OAuth or OpenID Connect issuer: OAUTHBEARER (RFC 7628) and XOAUTH2 with a JWT that is
// verified by the issuer's published keys, without asking it about any token. A login whose key is known is
// answered by the call itself; one that needs the keys fetched is answered by the keeper's thread, and nobody
// else waits for it.
#include "plugins/oauth/claims.hpp"
#include "plugins/oauth/https_get.hpp"
#include "plugins/oauth/key_keeper.hpp"
#include "plugins/oauth/message.hpp"
#include "plugins/oauth/signed_token.hpp"
#include "plugins/plugin.hpp"

#include <optional>

namespace oauth_bridge {
namespace {

using namespace doorward_plugin_cpp;
using nlohmann::json;

constexpr std::chrono::milliseconds retry_every{5'000};
constexpr const char* const mechanism_names[] = {"OAUTHBEARER", "XOAUTH2", nullptr};

// One client's. It is ours from the call to its answer.
struct ClientExchange {
  bool xoauth2 = false;
  bool asked = false;  // for its message, by an empty challenge
  bool told = false;   // by a challenge that it is refused; whatever it says to that, it is over
};

// Members in the order of the examples in RFC 7628; XOAUTH2 has HTTP's numbers for them.
std::string error_result(const ClientExchange& exchange, Status status, const Settings& settings) {
  nlohmann::ordered_json result;
  if (exchange.xoauth2) {
    result["status"] = status == Status::invalid_request ? "400"
                       : status == Status::invalid_token ? "401"
                                                         : "403";
    result["schemes"] = "bearer";
  } else {
    result["status"] = status == Status::invalid_request ? "invalid_request"
                       : status == Status::invalid_token ? "invalid_token"
                                                         : "insufficient_scope";
  }
  std::string scope;
  for (const std::string& each : settings.scopes) scope += (scope.empty() ? "" : " ") + each;
  if (!scope.empty()) result["scope"] = scope;
  if (!exchange.xoauth2 && !settings.openid_configuration.empty())
    result["openid-configuration"] = settings.openid_configuration;
  return result.dump();
}

class Bridge {
 public:
  using Exchange = ClientExchange;

  Bridge(const doorward_host& host, const doorward_settings& given)
      : host_(host),
        bridge_(given.bridge),
        settings_(read_settings(given)),
        keeper_([this](const std::stop_token& stop) { return fetch(stop); },
                {.refresh = settings_.refresh,
                 .retry = std::min<std::chrono::milliseconds>(retry_every, settings_.refresh),
                 .keep = settings_.keep,
                 .refetch = settings_.refetch},
                [this](std::string_view why) { host_.log(bridge_, DOORWARD_LOG_WARNING, bytes(why)); }) {}

  void check(Reply& reply) const {
    const KeyKeeper::Held held = keeper_.held();
    if (!held.keys) return reply.unavailable(held.fault);
    reply.well();
  }

  const char* const* mechanisms() const { return mechanism_names; }

  void start(Exchange& exchange, const doorward_start& asked, Reply& reply) {
    exchange.xoauth2 = view(asked.mechanism) == "XOAUTH2";
    step(exchange, view(asked.initial_response), reply);
  }

  void step(Exchange& exchange, std::string_view message, Reply& reply) {
    if (exchange.told) return reply.refuse();
    if (message.empty() && !std::exchange(exchange.asked, true)) return reply.proceed("");
    const auto read = exchange.xoauth2 ? read_xoauth2(message) : read_oauthbearer(message);
    if (!read)
      return tell(exchange, {.status = Status::invalid_request, .why = "is in no well-formed message"},
                  reply);
    auto token = SignedToken::read(read->token, settings_.algorithms);
    if (!token) return tell(exchange, {.why = std::move(token.error())}, reply);

    const KeyKeeper::Held held = keeper_.held();
    if (!held.keys) return reply.unavailable(held.fault);
    if (held.keys->find(token->kid(), token->algorithm()) != std::unexpected(NoKey::unknown))
      return conclude(exchange, read->username, *token, held, reply);
    keeper_.wait_for_newer(&exchange, [this, &exchange, username = read->username, token = std::move(*token),
                                       reply = std::move(reply)](const KeyKeeper::Held& now) mutable {
      answering(std::move(reply), [&](Reply& last) { conclude(exchange, username, token, now, last); });
    });
  }

  // Dropped with its waiter, the reply answers by itself.
  void cancel(const Exchange& exchange) { keeper_.forget(&exchange); }

 private:
  KeySet fetch(const std::stop_token& stop) const {
    try {
      // Within the time limit of the login that may wait for it.
      return KeySet::read(https_get({.url = settings_.jwks_uri,
                                     .ca_file = settings_.ca_file,
                                     .time_limit = settings_.time_limit * 4 / 5,
                                     .body_bytes = max_key_set_bytes},
                                    stop),
                          settings_.algorithms);
    } catch (const std::exception& error) {
      throw std::runtime_error("the issuer's keys at " + settings_.jwks_uri + ": " + error.what());
    }
  }

  void conclude(Exchange& exchange, const std::string& username, SignedToken& token,
                const KeyKeeper::Held& held, Reply& reply) const {
    if (!held.keys) return reply.unavailable(held.fault);
    const auto key = held.keys->find(token.kid(), token.algorithm());
    if (!key) {
      // A key that may be new, and nobody to ask: no fault of the token.
      if (key.error() == NoKey::unknown && !held.fault.empty()) return reply.unavailable(held.fault);
      return tell(exchange, {.why = why_without(key.error())}, reply);
    }
    auto claims = token.verify(**key);
    if (!claims) return tell(exchange, {.why = std::move(claims.error())}, reply);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto bearer = judge(*claims, settings_, now);
    if (!bearer) return tell(exchange, bearer.error(), reply);
    if (!username.empty() && username != bearer->identity)
      return tell(exchange, {.why = "is for another user than the client names"}, reply);
    if (settings_.stored_rights) return reply.accept_stored(bearer->identity);
    reply.accept(bearer->identity, rights(*bearer, *claims));
  }

  static const char* why_without(NoKey why) {
    switch (why) {
      case NoKey::unknown:
        return "names a key that the issuer does not publish";
      case NoKey::unfit:
        return "is signed by another kind of key than it names";
      case NoKey::ambiguous:
        return "names no key, and several could be meant";
    }
    return "has no key";
  }

  //   {username}, {claim:NAME}, {claim:/NAME/NAME}; one that the token lacks fits into no address.
  Rights rights(const Bearer& bearer, const json& claims) const {
    constexpr std::string_view claim_prefix = "claim:";
    return rights_of(settings_.grants, bearer.groups, GroupNames::exact,
                     [&](std::string_view name) -> std::optional<std::string> {
                       if (name == "username") return bearer.identity;
                       if (!name.starts_with(claim_prefix)) return std::nullopt;
                       const json* claim = find_claim(claims, std::string(name.substr(claim_prefix.size())));
                       return claim != nullptr && claim->is_string() ? claim->get<std::string>()
                                                                     : std::string();
                     });
  }

  void tell(Exchange& exchange, const Refusal& refusal, Reply& reply) const {
    // The log of the login says that it failed; why is for whoever looks for it.
    host_.log(bridge_, DOORWARD_LOG_DEBUG, bytes("the token " + refusal.why));
    exchange.told = true;
    reply.proceed(error_result(exchange, refusal.status, settings_));
  }

  const doorward_host& host_;
  const doorward_ticket bridge_;
  const Settings settings_;
  KeyKeeper keeper_;  // last: its thread ends before the rest goes
};

}  // namespace
}  // namespace oauth_bridge

const doorward_plugin* doorward_plugin_entry(std::uint32_t host_abi) {
  static constexpr doorward_plugin plugin =
      doorward_plugin_cpp::TableOf<oauth_bridge::Bridge>::named("oauth", "1");
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : nullptr;
}
