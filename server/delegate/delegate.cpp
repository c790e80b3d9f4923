#include "server/delegate/delegate.hpp"

#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "server/delegate/connection.hpp"
#include "server/delegate/sasl_client.hpp"
#include "store/model/names.hpp"

#include <optional>
#include <utility>

namespace doorward::delegate {
namespace {

// A reply of 32 KiB holds about 800 rules; whoever sends more than this is no authentication service.
constexpr std::uint32_t max_frame_bytes = 1'048'576;

std::unexpected<Error> misbehaves(const Peer& peer, std::string what) {
  return fail(ErrorCode::unavailable,
              peer.text() + " does not answer as an AMQP authentication service: " + std::move(what));
}

std::string advice(SaslCode code, std::string_view mechanism) {
  switch (code) {
    case SaslCode::ok:
      break;
    case SaslCode::auth:
      if (mechanism == "ANONYMOUS") {
        return "The service of this realm lets nobody in without a user (`--user`), or the realm is unknown. "
               "A service does not tell which, but its log does";
      }
      return "The password or the user name is wrong, the realm is unknown, or its service does not have the "
             "mechanism, or the user has no verifier for it (`--mechanism` names another one). A service "
             "does not tell which, but its log does";
    case SaslCode::sys_temp:
      return "The service cannot decide: the address space of this realm may have no authentication service "
             "that "
             "answers, or the service is overloaded. Its log says which; only in the second case does it "
             "help to "
             "try again";
    case SaslCode::sys:
    case SaslCode::sys_perm:
      return "The service is not able to decide. Its log says why";
  }
  return {};
}

class Conversation {
 public:
  Conversation(Connection connection, const Attempt& attempt)
      : connection_(std::move(connection)), attempt_(attempt) {}

  Result<Verdict> run(SaslClient client);

 private:
  Result<> exchange_headers(std::string_view header);
  // The body of the next frame of that type, which may be empty. Nothing at the end of the stream.
  Result<std::optional<std::string>> next_body(wire::FrameType type);
  // The same, where the stream may not end and the body not be empty.
  Result<std::string> body(wire::FrameType type, std::string_view awaited);

  Result<SaslCode> authenticate(SaslClient& client, Verdict& verdict);
  Result<wire::Identity> read_identity();
  Result<> read_close();

  std::unexpected<Error> misbehaves(std::string what) const {
    return delegate::misbehaves(attempt_.peer, std::move(what));
  }

  Connection connection_;
  const Attempt& attempt_;
};

Result<> Conversation::exchange_headers(std::string_view header) {
  if (const Result<> sent = connection_.send(header); !sent) return sent;
  const Result<std::string> answer = connection_.receive(wire::header_bytes);
  if (!answer) return std::unexpected(answer.error());
  if (*answer == header) return {};
  if (answer->empty())
    return misbehaves("it ended the connection. Check whether this is a port for TLS (`--tls`)");
  if (answer->starts_with("\x15\x03")) return misbehaves("it speaks TLS. Connect with TLS");
  return misbehaves("it began with " + quoted(*answer));
}

Result<std::optional<std::string>> Conversation::next_body(wire::FrameType type) {
  const Result<std::string> first = connection_.receive(wire::header_bytes);
  if (!first) return std::unexpected(first.error());
  if (first->empty()) return std::nullopt;
  const Result<wire::FrameHeader> header = wire::parse_frame_header(*first, max_frame_bytes);
  if (!header) return misbehaves(header.error().message);
  if (header->type != type) return misbehaves("it sent a frame of the wrong type");
  const Result<std::string> rest = connection_.receive(header->size - wire::header_bytes);
  if (!rest) return std::unexpected(rest.error());
  if (rest->size() != header->size - wire::header_bytes)
    return misbehaves("it ended the connection amid a frame");
  return rest->substr(header->body_offset - wire::header_bytes);
}

Result<std::string> Conversation::body(wire::FrameType type, std::string_view awaited) {
  for (;;) {
    Result<std::optional<std::string>> body = next_body(type);
    if (!body) return std::unexpected(body.error());
    if (!*body) return misbehaves("it ended the connection before its " + std::string(awaited));
    // An empty AMQP frame only says that the peer is alive.
    if (type == wire::FrameType::sasl || !(*body)->empty()) return std::move(**body);
  }
}

Result<SaslCode> Conversation::authenticate(SaslClient& client, Verdict& verdict) {
  if (const Result<> greeted = exchange_headers(wire::sasl_header); !greeted)
    return std::unexpected(greeted.error());
  const Result<std::string> offer = body(wire::FrameType::sasl, "offer");
  if (!offer) return std::unexpected(offer.error());
  const Result<wire::SaslMechanisms> mechanisms = wire::parse_sasl_mechanisms(*offer);
  if (!mechanisms) return misbehaves(mechanisms.error().message);
  verdict.offered.assign(mechanisms->mechanisms.begin(), mechanisms->mechanisms.end());

  Result<SaslClient::Begin> begin = client.begin(verdict.offered, attempt_.mechanism);
  if (!begin) return std::unexpected(begin.error());
  verdict.mechanism = begin->mechanism;
  std::string message = encode(wire::SaslInit{verdict.mechanism, begin->initial_response, attempt_.realm});
  if (begin->initial_response) wipe(*begin->initial_response);

  for (;;) {
    const Result<> sent = connection_.send(message);
    wipe(message);  // of PLAIN it holds the password
    if (!sent) return std::unexpected(sent.error());
    const Result<std::string> answer = body(wire::FrameType::sasl, "outcome");
    if (!answer) return std::unexpected(answer.error());
    const auto frame = wire::parse_sasl_challenge_or_outcome(*answer);
    if (!frame) return misbehaves(frame.error().message);

    if (const auto* challenge = std::get_if<wire::SaslChallenge>(&*frame)) {
      Result<std::string> response = client.step(challenge->challenge);
      if (!response) return std::unexpected(response.error());
      message = encode(wire::SaslResponse{*response});
      wipe(*response);
      continue;
    }
    const auto& outcome = std::get<wire::SaslOutcome>(*frame);
    if (outcome.code != SaslCode::ok || client.done()) return outcome.code;
    // Legal, though a router would lose it: the server's last message in the outcome.
    if (const Result<std::string> verified = client.step(outcome.additional_data.value_or("")); !verified) {
      return std::unexpected(verified.error());
    }
    if (!client.done()) return misbehaves("it said ok before the exchange was over, and has proved nothing");
    return outcome.code;
  }
}

Result<wire::Identity> Conversation::read_identity() {
  if (const Result<> greeted = exchange_headers(wire::amqp_header); !greeted)
    return std::unexpected(greeted.error());
  const Result<> sent = connection_.send(
      encode(wire::DelegateOpen{attempt_.container_id, attempt_.realm, attempt_.desire_address_authz}));
  if (!sent) return std::unexpected(sent.error());
  const Result<std::string> reply = body(wire::FrameType::amqp, "open");
  if (!reply) return std::unexpected(reply.error());
  Result<wire::Identity> identity = wire::parse_open_reply(*reply);
  if (!identity) return misbehaves(identity.error().message);
  // A close with an error says more than an open that names nobody.
  if (const Result<> closed = read_close(); !closed) return std::unexpected(closed.error());
  if (identity->sub.empty()) return misbehaves("its open names nobody (no `sub` in authenticated-identity)");
  return identity;
}

Result<> Conversation::read_close() {
  for (;;) {
    const Result<std::optional<std::string>> body = next_body(wire::FrameType::amqp);
    if (!body) return std::unexpected(body.error());
    if (!*body) return {};
    if ((*body)->empty()) continue;
    const Result<std::optional<wire::Close>> close = wire::parse_close(**body);
    if (!close) return misbehaves(close.error().message);
    if (!*close) continue;
    if (!(*close)->condition.empty()) {
      return fail(ErrorCode::unavailable, attempt_.peer.text() + " let the client in and then closed with " +
                                              quoted((*close)->condition) + ": " +
                                              quoted((*close)->description, 256));
    }
    // The service has said all it has to: whether it still hears this is its business.
    static_cast<void>(connection_.send(wire::encode_close()));
    return {};
  }
}

Result<Verdict> Conversation::run(SaslClient client) {
  Verdict verdict{.offered = {}, .mechanism = {}, .answer = Refused{}};
  const Result<SaslCode> code = authenticate(client, verdict);
  if (!code) return std::unexpected(code.error());
  if (*code != SaslCode::ok) {
    verdict.answer = Refused{.code = *code, .advice = advice(*code, verdict.mechanism)};
    return verdict;
  }
  Result<wire::Identity> identity = read_identity();
  if (!identity) return std::unexpected(identity.error());
  verdict.answer = LetIn{.identity = std::move(*identity)};
  return verdict;
}

// The server as the mechanism knows it: a ticket is for the host, what is derived from a password for the
// realm.
const std::string& server_of(const Attempt& attempt) {
  if (!by_ticket(attempt.mechanism)) return attempt.realm.empty() ? attempt.peer.host : attempt.realm;
  return attempt.ticket_host.empty() ? attempt.peer.host : attempt.ticket_host;
}

}  // namespace

Result<Verdict> log_in(Attempt attempt) {
  const auto deadline = Socket::Clock::now() + attempt.timeout;
  Result<SaslClient> client =
      SaslClient::make(server_of(attempt), attempt.username, std::move(attempt.password));
  if (!client) return std::unexpected(client.error());
  Result<Connection> connection = Connection::open(attempt.peer, deadline);
  if (!connection) return std::unexpected(connection.error());
  return Conversation(std::move(*connection), attempt).run(std::move(*client));
}

}  // namespace doorward::delegate
