#include "server/amqp/wire/sasl.hpp"

#include "server/amqp/wire/performative.hpp"
#include "server/amqp/wire/writer.hpp"

namespace doorward::wire {

// <type name="sasl-mechanisms" class="composite" source="list">          0x40
//   <field name="sasl-server-mechanisms" type="symbol" multiple="true" mandatory="true"/>
Result<SaslMechanisms> parse_sasl_mechanisms(std::string_view body) {
  SaslMechanisms frame;
  Fields fields(body, Descriptor::sasl_mechanisms);
  fields.symbols("sasl-server-mechanisms", Presence::mandatory,
                 [&](std::string_view mechanism) { frame.mechanisms.push_back(mechanism); });
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  return frame;
}

// <type name="sasl-init" class="composite" source="list">                0x41
//   <field name="mechanism" type="symbol" mandatory="true"/>
//   <field name="initial-response" type="binary"/>
//   <field name="hostname" type="string"/>
Result<SaslInit> parse_sasl_init(std::string_view body) {
  Fields fields(body, Descriptor::sasl_init);
  SaslInit frame;
  frame.mechanism = fields.symbol("mechanism", Presence::mandatory).value_or("");
  frame.initial_response = fields.binary("initial-response");
  frame.hostname = fields.string("hostname").value_or("");
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  return frame;
}

// <type name="sasl-response" class="composite" source="list">            0x43
//   <field name="response" type="binary" mandatory="true"/>
Result<SaslResponse> parse_sasl_response(std::string_view body) {
  Fields fields(body, Descriptor::sasl_response);
  const SaslResponse frame{.response = fields.binary("response", Presence::mandatory).value_or("")};
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  return frame;
}

// <type name="sasl-challenge" class="composite" source="list">           0x42
//   <field name="challenge" type="binary" mandatory="true"/>
static Result<SaslChallengeOrOutcome> parse_sasl_challenge(std::string_view body) {
  Fields fields(body, Descriptor::sasl_challenge);
  const SaslChallenge frame{.challenge = fields.binary("challenge", Presence::mandatory).value_or("")};
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  return frame;
}

// <type name="sasl-outcome" class="composite" source="list">             0x44
//   <field name="code" type="sasl-code" mandatory="true"/>       ; ubyte 0..4
//   <field name="additional-data" type="binary"/>
static Result<SaslChallengeOrOutcome> parse_sasl_outcome(std::string_view body) {
  Fields fields(body, Descriptor::sasl_outcome);
  const std::uint64_t code = fields.number("code", Type::ubyte, Presence::mandatory).value_or(0);
  if (code > static_cast<std::uint64_t>(SaslCode::sys_temp)) fields.refuse("code", "is none of 0 to 4");
  const SaslOutcome frame{.code = static_cast<SaslCode>(code),
                          .additional_data = fields.binary("additional-data")};
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  return frame;
}

Result<SaslChallengeOrOutcome> parse_sasl_challenge_or_outcome(std::string_view body) {
  const Result<std::optional<Descriptor>> descriptor = read_descriptor(body);
  return descriptor && *descriptor == Descriptor::sasl_challenge ? parse_sasl_challenge(body)
                                                                 : parse_sasl_outcome(body);
}

std::string encode(const SaslMechanisms& frame) {
  Writer writer(FrameType::sasl, Descriptor::sasl_mechanisms, 128);
  writer.symbols(frame.mechanisms);
  return writer.finish();
}

std::string encode(const SaslInit& frame) {
  Writer writer(FrameType::sasl, Descriptor::sasl_init,
                64 + frame.initial_response.value_or("").size() + frame.hostname.size());
  writer.symbol(frame.mechanism);
  frame.initial_response ? writer.binary(*frame.initial_response) : writer.null();
  frame.hostname.empty() ? writer.null() : writer.string(frame.hostname);
  return writer.finish();
}

std::string encode(const SaslChallenge& frame) {
  Writer writer(FrameType::sasl, Descriptor::sasl_challenge, 32 + frame.challenge.size());
  writer.binary(frame.challenge);
  return writer.finish();
}

std::string encode(const SaslResponse& frame) {
  Writer writer(FrameType::sasl, Descriptor::sasl_response, 32 + frame.response.size());
  writer.binary(frame.response);
  return writer.finish();
}

std::string encode(const SaslOutcome& frame) {
  Writer writer(FrameType::sasl, Descriptor::sasl_outcome, 32 + frame.additional_data.value_or("").size());
  writer.ubyte(static_cast<std::uint8_t>(frame.code));
  if (frame.additional_data) writer.binary(*frame.additional_data);
  return writer.finish();
}

}  // namespace doorward::wire
