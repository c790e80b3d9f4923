// The login as the protocol goes, phase by phase. What reaches it from outside is in session_life.cpp.
#include "server/amqp/session.hpp"

#include "server/amqp/wire/sasl.hpp"
#include "server/ops/log.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace doorward {
namespace {

// AMQP 1.0 part 2, section 2.8.15 and 2.8.16.
constexpr std::string_view decode_error = "amqp:decode-error";
constexpr std::string_view frame_size_too_small = "amqp:frame-size-too-small";
constexpr std::string_view framing_error = "amqp:connection:framing-error";

// As much of what a peer sent as the log shows.
constexpr std::size_t logged_realm_bytes = 256;
constexpr std::size_t logged_mechanism_bytes = 64;

int verify_mode(AmqpListener::ClientCertificates certificates) {
  switch (certificates) {
    case AmqpListener::ClientCertificates::unasked:
      return SSL_VERIFY_NONE;
    case AmqpListener::ClientCertificates::optional:
      return SSL_VERIFY_PEER;
    case AmqpListener::ClientCertificates::required:
      break;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

std::string wrong_sasl_header(std::string_view header) {
  if (header == wire::amqp_header) return "AMQP without SASL; the client must log in";
  if (header[0] == '\x16' && header[1] == '\x03')
    return "a TLS hello on a port without TLS; use the TLS port";
  return "no SASL header of AMQP 1.0";
}

}  // namespace

Task<void> Session::run() {
  if (listener_.tls && !co_await secure()) co_return;
  if (!co_await offer_mechanisms()) co_return;
  if (const auto accepted = co_await authenticate()) co_await introduce(*accepted);
}

Task<bool> Session::secure() {
  const auto secured =
      co_await peer_.transport().secure(listener_.tls->current(), verify_mode(listener_.client_certificates));
  if (secured) co_return true;
  co_await break_off(secured.error());
  co_return false;
}

Task<bool> Session::offer_mechanisms() {
  const auto header = co_await peer_.header();
  if (!header) {
    co_await break_off(header.error());
    co_return false;
  }
  // To any other header the answer is the one that we speak, then the end (section 2.2).
  peer_.put(wire::sasl_header);
  if (*header != wire::sasl_header) {
    co_await break_off({LoginReason::protocol_error, wrong_sasl_header(*header)});
    co_return false;
  }
  peer_.put(wire::encode(wire::SaslMechanisms{settings_.logins.offer(
      listener_.service, listener_.realm, peer_.transport().server_name(), listener_.plain_allowed)}));
  co_return true;
}

// Behind sasl-init nothing is read until the mechanism asks for a response or the outcome is decided, and
// where it asks, a response is the only thing that may come.
Task<std::optional<Accepted>> Session::authenticate() {
  const std::uint32_t max_bytes = settings_.limits.frame_bytes;
  const auto first = co_await peer_.frame(wire::FrameType::sasl, max_bytes);
  if (!first) {
    // What breaks the protocol where a login was due, a token that fits no frame say, is a login that was
    // aborted, for metrics and audit too. Whoever said nothing was none.
    if (first.error().breaks_protocol()) begin_login({}, {});
    co_await break_off(first.error());
    co_return std::nullopt;
  }
  const auto init = wire::parse_sasl_init(*first);
  if (!init) {
    begin_login({}, {});
    co_await break_off({LoginReason::protocol_error, init.error().message});
    co_return std::nullopt;
  }
  begin_login(init->hostname, init->mechanism);
  state_.become(ConnectionState::login);
  if (loop_.turns.needed()) co_await loop_.turns.wait(login_->tenant());
  Login::Answer answered = co_await answer(init->initial_response);
  while (const auto* challenge = std::get_if<Challenge>(&answered)) {
    peer_.put(wire::encode(wire::SaslChallenge{challenge->data}));
    const auto next = co_await peer_.frame(wire::FrameType::sasl, max_bytes);
    if (!next) {
      co_await break_off(next.error());
      co_return std::nullopt;
    }
    const auto response = wire::parse_sasl_response(*next);
    if (!response) {
      co_await break_off({LoginReason::protocol_error, response.error().message});
      co_return std::nullopt;
    }
    if (loop_.turns.needed()) co_await loop_.turns.wait(login_->tenant());
    answered = co_await answer(response->response);
  }
  if (const auto& stopped = peer_.transport().stopped()) {
    login_->abort(*stopped);
    co_return std::nullopt;
  }

  state_.become(ConnectionState::closing);
  loop_.after_outcome.begin(*this);
  if (const auto* refused = std::get_if<Refused>(&answered)) {
    peer_.put(wire::encode(wire::SaslOutcome{.code = refused->code, .additional_data = std::nullopt}));
    login_->finish({});
    co_await end();
    co_return std::nullopt;
  }
  peer_.put(wire::encode(wire::SaslOutcome{.code = SaslCode::ok, .additional_data = std::nullopt}));
  co_return std::get<Accepted>(std::move(answered));
}

void Session::begin_login(std::string_view hostname, std::string_view mechanism) {
  realm_ = hostname.substr(0, logged_realm_bytes);
  mechanism_ = mechanism.substr(0, logged_mechanism_bytes);
  login_.emplace(
      settings_.logins.begin({.hostname = hostname,
                              .deadline = deadline(),
                              .default_realm = listener_.realm,
                              .listener_service = listener_.service ? &*listener_.service : nullptr,
                              .sni = peer_.transport().server_name(),
                              .mechanism = mechanism,
                              .door = Door::amqp,
                              .peer = name_,
                              .tls = peer_.transport().is_tls(),
                              .plain_allowed = listener_.plain_allowed,
                              .gone = [this] {
                                if (!peer_has_gone()) return false;
                                peer_.transport().stop(LoginReason::peer_gone);
                                return true;
                              }}));
}

Task<Login::Answer> Session::answer(std::optional<std::string_view> message) {
  answering_ = true;
  std::optional<Login::Answer> answered;
  try {
    answered = co_await login_->answer(message);
  } catch (const boost::system::system_error&) {
    if (!out_of_time_ || peer_.transport().stopped()) throw;
  }
  answering_ = false;
  if (out_of_time_) {
    // What was cancelled is the answer, and not what follows.
    co_await boost::asio::this_coro::reset_cancellation_state();
    if (!answered || std::holds_alternative<Challenge>(*answered)) answered = login_->give_up();
    out_of_time_ = !std::holds_alternative<Accepted>(*answered);
  }
  co_return std::move(*answered);
}

Task<void> Session::break_off(Broken broken) {
  // Of a login that has begun, the fact tells the rest.
  if (!login_ || broken.breaks_protocol()) note(broken);
  if (login_) login_->abort(broken.reason);
  state_.become(ConnectionState::closing);
  co_await end();
}

// From here on the login is a success, whatever becomes of the connection: all that could refuse it came
// before.
Task<void> Session::introduce(const Accepted& accepted) {
  const auto open = co_await read_open();
  login_->finish(open ? open->container_id : std::string_view());
  if (!open) {
    note(open.error().broken);
    co_return co_await close_with(open.error().condition, open.error().broken.detail);
  }
  if (loop_.turns.needed()) co_await loop_.turns.wait(login_->tenant());
  const bool limited = accepted.authorization->limited;
  const std::string reply =
      wire::encode(wire::OpenReply{.container_id = settings_.container_id,
                                   .username = accepted.identity.username,
                                   .authorization = accepted.authorization.get(),
                                   .send_addresses = limited && open->desires_address_authz});
  if (reply.size() > open->max_frame_size) {
    // A part of the rules would be other rules.
    const Broken too_large{
        LoginReason::protocol_error,
        fmt::format("the reply takes {} bytes, and the max-frame-size of the open is {}; raise it",
                    reply.size(), open->max_frame_size)};
    note(too_large);
    co_return co_await close_with(frame_size_too_small, too_large.detail);
  }
  peer_.put(reply);
  peer_.put(wire::encode_close());
  co_await wait_for_close();
}

Task<std::expected<wire::Open, Session::Unopened>> Session::read_open() {
  const auto header = co_await peer_.header();
  if (!header) co_return std::unexpected(Unopened{header.error(), {}});
  peer_.put(wire::amqp_header);
  if (*header != wire::amqp_header) {
    co_return std::unexpected(
        Unopened{{LoginReason::protocol_error, "no AMQP header after the outcome"}, {}});
  }
  const auto frame = co_await peer_.frame(wire::FrameType::amqp, settings_.limits.frame_bytes);
  if (!frame) {
    const bool wrong = frame.error().breaks_protocol();
    co_return std::unexpected(Unopened{frame.error(), wrong ? framing_error : std::string_view()});
  }
  const auto open = wire::parse_open(*frame);
  if (!open) {
    co_return std::unexpected(Unopened{{LoginReason::protocol_error, open.error().message}, decode_error});
  }
  co_return *open;
}

Task<void> Session::close_with(std::string_view condition, std::string_view description) {
  if (!condition.empty()) {
    peer_.put(wire::encode_open_without_identity(settings_.container_id));
    peer_.put(wire::encode_close(condition, description));
  }
  co_await end();
}

// After our close whatever is not the peer's is passed over (section 2.4.3): heartbeats, and what a client of
// a real container would go on with.
Task<void> Session::wait_for_close() {
  std::size_t passed_over = 0;
  while (passed_over < settings_.limits.discarded_bytes) {
    const auto frame = co_await peer_.frame(wire::FrameType::amqp, settings_.limits.frame_bytes);
    if (!frame) break;
    passed_over += wire::header_bytes + frame->size();
    if (frame->empty()) continue;
    const auto close = wire::parse_close(*frame);
    if (!close) break;
    if (!*close) continue;
    if (!(*close)->condition.empty()) {
      log::info("delegate closed with an error", {{"peer", name_},
                                                  {"realm", realm_},
                                                  {"condition", (*close)->condition},
                                                  {"description", (*close)->description}});
    }
    // Nothing more comes, so that a plain connection can be closed at once. To a login that came in one piece
    // nothing was answered yet, since nothing was waited for.
    if (!peer_.transport().is_tls()) {
      if (!peer_.flush_at_once()) co_await peer_.flush();
      co_return;
    }
    break;
  }
  co_await end();
}

void Session::note(const Broken& broken) const {
  // Health checks connect and go without a word.
  const bool silent = broken.reason == LoginReason::peer_gone && !peer_.heard();
  log::write(silent ? log::Level::debug : log::Level::info, "connection broken off",
             {{"peer", name_},
              {"reason", to_string(broken.reason)},
              {"detail", broken.detail},
              {"realm", realm_},
              {"mechanism", mechanism_},
              {"tls", listener_.tls != nullptr}});
}

}  // namespace doorward
