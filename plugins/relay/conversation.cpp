#include "plugins/relay/conversation.hpp"

#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/open.hpp"
#include "server/amqp/wire/sasl.hpp"

#include <algorithm>

namespace relay {
namespace {

namespace wire = doorward::wire;

constexpr std::uint32_t max_sasl_frame = 16 * 1'024;
// An `open` cannot be split over frames, and carries every rule of a user.
constexpr std::uint32_t max_open_frame = 1'024 * 1'024;
constexpr std::string_view container_id = "doorward-relay";

template <class T>
T expect(doorward::Result<T> parsed) {
  if (!parsed) throw Unreachable("it breaks the protocol: " + parsed.error().message);
  return std::move(*parsed);
}

// A permission that is none of these means something else to the other side, and nothing here.
std::uint64_t operations_of(const std::vector<std::string>& permissions) {
  std::uint64_t operations = 0;
  for (const std::string& permission : permissions) {
    if (permission == "send") operations |= DOORWARD_SEND;
    if (permission == "recv") operations |= DOORWARD_RECV;
  }
  return operations;
}

}  // namespace

Conversation::Conversation(const std::string& host, std::uint16_t port, const Tls* tls, Deadline deadline)
    : stream_(host, port, tls, deadline) {
  stream_.write(wire::sasl_header, deadline);
  if (stream_.read(wire::header_bytes, deadline) != wire::sasl_header)
    throw Unreachable("it speaks another protocol than AMQP with SASL");
  const std::string body = frame(static_cast<std::uint8_t>(wire::FrameType::sasl), deadline);
  for (const std::string_view name : expect(wire::parse_sasl_mechanisms(body)).mechanisms)
    mechanisms_.emplace_back(name);
}

std::string Conversation::frame(std::uint8_t type, Deadline deadline) {
  const bool sasl = type == static_cast<std::uint8_t>(wire::FrameType::sasl);
  for (;;) {
    const std::string first = stream_.read(wire::header_bytes, deadline);
    const auto header = expect(wire::parse_frame_header(first, sasl ? max_sasl_frame : max_open_frame));
    if (static_cast<std::uint8_t>(header.type) != type)
      throw Unreachable("it sends a frame of the wrong type");
    std::string rest = stream_.read(header.size - wire::header_bytes, deadline);
    // Behind the extended header; the data offset counts words of four bytes and has been checked.
    std::string body = rest.substr(header.body_offset - wire::header_bytes);
    if (!body.empty() || sasl) return body;
  }
}

Conversation::Reply Conversation::begin(std::string_view mechanism,
                                        std::optional<std::string_view> initial_response,
                                        std::string_view realm, Deadline deadline) {
  realm_ = realm;
  stream_.write(wire::encode(wire::SaslInit{
                    .mechanism = mechanism, .initial_response = initial_response, .hostname = realm}),
                deadline);
  return read_reply(deadline);
}

Conversation::Reply Conversation::respond(std::string_view response, Deadline deadline) {
  stream_.write(wire::encode(wire::SaslResponse{response}), deadline);
  return read_reply(deadline);
}

Conversation::Reply Conversation::read_reply(Deadline deadline) {
  const std::string body = frame(static_cast<std::uint8_t>(wire::FrameType::sasl), deadline);
  const auto said = expect(wire::parse_sasl_challenge_or_outcome(body));
  if (const auto* challenge = std::get_if<wire::SaslChallenge>(&said))
    return std::string(challenge->challenge);
  const auto& outcome = std::get<wire::SaslOutcome>(said);
  Ended ended{.code = static_cast<std::uint8_t>(outcome.code),
              .last_words = std::string(outcome.additional_data.value_or(std::string_view())),
              .identity = {},
              .rights = {}};
  if (outcome.code == doorward::SaslCode::ok) read_identity(ended, deadline);
  return ended;
}

// Only what the other service says of an exchange that it has let in counts.
void Conversation::read_identity(Ended& ended, Deadline deadline) {
  stream_.write(wire::amqp_header, deadline);
  stream_.write(wire::encode(wire::DelegateOpen{
                    .container_id = container_id, .hostname = realm_, .desire_address_authz = true}),
                deadline);
  if (stream_.read(wire::header_bytes, deadline) != wire::amqp_header)
    throw Unreachable("it answers no AMQP after the outcome");
  const std::string body = frame(static_cast<std::uint8_t>(wire::FrameType::amqp), deadline);
  auto said = expect(wire::parse_open_reply(body));
  ended.identity = said.sub.empty() ? std::move(said.preferred_username) : std::move(said.sub);
  ended.rights.groups = std::move(said.groups);
  if (!said.address_authz) {
    // It sets no limit, and neither do we within the address space.
    ended.rights.rules.push_back({.addresses = {"*"}, .operations = DOORWARD_SEND | DOORWARD_RECV});
  } else {
    for (auto& [address, permissions] : *said.address_authz) {
      const std::uint64_t operations = operations_of(permissions);
      if (operations != 0) ended.rights.rules.push_back({.addresses = {address}, .operations = operations});
    }
  }
  stream_.write(wire::encode_close(), deadline);
}

}  // namespace relay
