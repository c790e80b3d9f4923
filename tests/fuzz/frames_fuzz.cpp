// What a peer sends before it is authenticated: a frame header, and behind it the body of a SASL frame.
// Whatever a parser accepts, Proton must read as the same fields, and our own encoder must write so that it
// is read back.
#include "server/amqp/wire/check.hpp"
#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "tests/fuzz/proton_oracle.hpp"

#include <cstdint>

namespace {

using namespace doorward;
using oracle::must;

constexpr std::uint32_t max_frame_bytes = 16'384;

std::optional<std::string> owned(std::optional<std::string_view> bytes) {
  return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

void header(std::string_view eight) {
  const Result<wire::FrameHeader> frame = wire::parse_frame_header(eight, max_frame_bytes);
  if (!frame) return;
  must(frame->size >= 8 && frame->size <= max_frame_bytes, "a frame's size is out of bounds");
  must(frame->body_offset >= 8 && frame->body_offset <= frame->size, "a frame's body is outside of it");
}

void mechanisms(std::string_view body) {
  const Result<wire::SaslMechanisms> frame = wire::parse_sasl_mechanisms(body);
  if (!frame) return;
  const std::vector<std::string> ours(frame->mechanisms.begin(), frame->mechanisms.end());
  must(ours == oracle::Fields(body).symbols(0), "other mechanisms");
  const std::string again = encode(*frame);
  const Result<wire::SaslMechanisms> back = wire::parse_sasl_mechanisms(std::string_view(again).substr(8));
  must(back && back->mechanisms == frame->mechanisms, "sasl-mechanisms does not come back");
}

void init(std::string_view body) {
  const Result<wire::SaslInit> frame = wire::parse_sasl_init(body);
  if (!frame) return;
  must(wire::check_values(body, 1).has_value(), "sasl-init was taken with something malformed in it");
  oracle::Fields theirs(body);
  must(owned(frame->mechanism) == theirs.bytes(0, PN_SYMBOL), "another mechanism");
  must(owned(frame->initial_response) == theirs.bytes(1, PN_BINARY), "another initial response");
  must(frame->hostname == theirs.bytes(2, PN_STRING).value_or(""), "another hostname");
  const std::string again = encode(*frame);
  const Result<wire::SaslInit> back = wire::parse_sasl_init(std::string_view(again).substr(8));
  must(back && back->mechanism == frame->mechanism && back->initial_response == frame->initial_response &&
           back->hostname == frame->hostname,
       "sasl-init does not come back");
}

void response(std::string_view body) {
  const Result<wire::SaslResponse> frame = wire::parse_sasl_response(body);
  if (!frame) return;
  must(owned(frame->response) == oracle::Fields(body).bytes(0, PN_BINARY), "another response");
}

void challenge_or_outcome(std::string_view body) {
  const Result<wire::SaslChallengeOrOutcome> frame = wire::parse_sasl_challenge_or_outcome(body);
  if (!frame) return;
  oracle::Fields theirs(body);
  if (const auto* challenge = std::get_if<wire::SaslChallenge>(&*frame)) {
    must(owned(challenge->challenge) == theirs.bytes(0, PN_BINARY), "another challenge");
    return;
  }
  const auto& outcome = std::get<wire::SaslOutcome>(*frame);
  must(static_cast<unsigned>(outcome.code) == theirs.number(0, PN_UBYTE), "another code");
  must(owned(outcome.additional_data) == theirs.bytes(1, PN_BINARY), "other additional data");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame(reinterpret_cast<const char*>(data), size);
  const std::string_view body = frame.substr(std::min<std::size_t>(size, 8));
  header(frame.substr(0, 8));
  if (wire::check_values(body, 1)) oracle::must_read_the_same(body);
  mechanisms(body);
  init(body);
  response(body);
  challenge_or_outcome(body);
  return 0;
}
