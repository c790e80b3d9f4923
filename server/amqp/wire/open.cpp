#include "server/amqp/wire/open.hpp"

#include "server/amqp/wire/performative.hpp"
#include "server/amqp/wire/writer.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace doorward::wire {
namespace {

// The fields of `open` that stand between hostname and offered-capabilities, and that doorward leaves to
// their defaults: max-frame-size, channel-max, idle-time-out, outgoing-locales, incoming-locales.
void skip_limits_and_locales(Writer& writer) {
  for (int i = 0; i < 5; ++i) writer.null();
}

std::span<const std::string_view> words(Permissions permissions) {
  static constexpr std::array<std::string_view, 2> both{"send", "recv"};
  const std::span<const std::string_view> from = std::span(both).subspan(permissions.send ? 0 : 1);
  return permissions.recv ? from : from.first(permissions.send ? 1 : 0);
}

void write_identity(Writer& writer, std::string_view username) {
  writer.symbol(identity_property);
  writer.begin_map();
  writer.string("sub");
  writer.string(username);
  writer.string("preferred_username");
  writer.string(username);
  writer.end();
}

void write_groups(Writer& writer, const std::vector<std::string>& groups) {
  writer.symbol(groups_property);
  writer.begin_list();
  for (const std::string& group : groups) writer.string(group);
  writer.end();
}

void write_addresses(Writer& writer, const Authorization& authorization) {
  writer.symbol(addresses_property);
  writer.begin_map();
  for (const auto& [address, permissions] : authorization.addresses) {
    const std::span<const std::string_view> granted = words(permissions);
    // An array without elements is one more thing for a delegate to misread, and grants nothing anyway.
    if (granted.empty()) continue;
    writer.string(address);
    writer.strings(granted);
  }
  writer.end();
}

}  // namespace

// <type name="open" class="composite" source="list">                     0x10
//   <field name="container-id" type="string" mandatory="true"/>
//   <field name="hostname" type="string"/>
//   <field name="max-frame-size" type="uint" default="4294967295"/>
//   <field name="channel-max" type="ushort" default="65535"/>
//   <field name="idle-time-out" type="milliseconds"/>                  ; uint
//   <field name="outgoing-locales" type="ietf-language-tag" multiple="true"/>
//   <field name="incoming-locales" type="ietf-language-tag" multiple="true"/>
//   <field name="offered-capabilities" type="symbol" multiple="true"/>
//   <field name="desired-capabilities" type="symbol" multiple="true"/>
//   <field name="properties" type="fields"/>                           ; map of symbol to anything
Result<Open> parse_open(std::string_view body) {
  const auto ignore = [](std::string_view) {};
  Open open;
  Fields fields(body, Descriptor::open);
  open.container_id = fields.string("container-id", Presence::mandatory).value_or("");
  open.hostname = fields.string("hostname").value_or("");
  const std::uint64_t max_frame_size = fields.number("max-frame-size", Type::uint).value_or(UINT32_MAX);
  open.max_frame_size = std::max(static_cast<std::uint32_t>(max_frame_size), min_max_frame_size);
  fields.number("channel-max", Type::ushort);
  fields.number("idle-time-out", Type::uint);
  fields.symbols("outgoing-locales", Presence::optional, ignore);
  fields.symbols("incoming-locales", Presence::optional, ignore);
  fields.symbols("offered-capabilities", Presence::optional, [&](std::string_view capability) {
    open.offers_address_authz |= capability == address_authz_capability;
  });
  fields.symbols("desired-capabilities", Presence::optional, [&](std::string_view capability) {
    open.desires_address_authz |= capability == address_authz_capability;
  });
  // Keys should be symbols; nobody is turned away for one that is not, since the server reads none of them.
  if (const std::optional<Value> map = fields.value("properties", Type::map)) open.properties = map->bytes;
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  return open;
}

std::string encode(const OpenReply& reply) {
  Writer writer(FrameType::amqp, Descriptor::open, 512);
  writer.string(reply.container_id);
  writer.null();  // hostname
  skip_limits_and_locales(writer);
  const std::array offered{address_authz_capability};
  reply.send_addresses ? writer.symbols(offered) : writer.null();
  writer.null();  // desired-capabilities
  writer.begin_map();
  write_identity(writer, reply.username);
  write_groups(writer, reply.authorization->groups);
  if (reply.send_addresses) write_addresses(writer, *reply.authorization);
  writer.end();
  return writer.finish();
}

// A router that gets no address-authz sets no limit, and takes an open for a success even where a close with
// an error follows at once. Against an open that cannot be read nobody knows whether it desired the
// capability, so it is offered always: to a peer that does not know it, it says nothing.
std::string encode_open_without_identity(std::string_view container_id) {
  Writer writer(FrameType::amqp, Descriptor::open, 128);
  writer.string(container_id);
  writer.null();  // hostname
  skip_limits_and_locales(writer);
  writer.symbols(std::array{address_authz_capability});
  writer.null();  // desired-capabilities
  writer.begin_map();
  write_addresses(writer, Authorization{});
  writer.end();
  return writer.finish();
}

std::string encode(const DelegateOpen& open) {
  Writer writer(FrameType::amqp, Descriptor::open, 128);
  writer.string(open.container_id);
  open.hostname.empty() ? writer.null() : writer.string(open.hostname);
  skip_limits_and_locales(writer);
  writer.null();  // offered-capabilities
  const std::array desired{address_authz_capability};
  open.desire_address_authz ? writer.symbols(desired) : writer.null();
  return writer.finish();
}

// <type name="close" class="composite" source="list">                    0x18
//   <field name="error" type="error"/>
// <type name="error" class="composite" source="list">                    0x1d
//   <field name="condition" type="symbol" requires="error-condition" mandatory="true"/>
//   <field name="description" type="string"/>
//   <field name="info" type="fields"/>
std::string encode_close() { return Writer(FrameType::amqp, Descriptor::close).finish(); }

std::string encode_close(std::string_view condition, std::string_view description) {
  Writer writer(FrameType::amqp, Descriptor::close, 64 + condition.size() + description.size());
  writer.begin_described_list(Descriptor::error);
  writer.symbol(condition);
  writer.string(description);
  writer.end();
  return writer.finish();
}

Result<std::optional<Close>> parse_close(std::string_view body) {
  const Result<std::optional<Descriptor>> descriptor = read_descriptor(body);
  if (!descriptor) return std::unexpected(descriptor.error());
  if (*descriptor != Descriptor::close) return std::nullopt;

  Close close;
  Fields fields(body, Descriptor::close);
  const std::optional<Value> described = fields.value("error", Type::described);
  if (const Result<> done = fields.finish(); !done) return std::unexpected(done.error());
  if (!described) return close;

  Fields error(*described, Descriptor::error);
  close.condition = error.symbol("condition", Presence::mandatory).value_or("");
  close.description = error.string("description").value_or("");
  error.value("info", Type::map);
  if (const Result<> done = error.finish(); !done) return std::unexpected(done.error());
  return close;
}

}  // namespace doorward::wire
