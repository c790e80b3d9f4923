// The reply as a delegate reads it. Delegates pass over in silence what is not of the type they expect, and
// then do not limit the client at all; here that is an error, since `doorward login` exists to show it.
#include "server/amqp/wire/open.hpp"
#include "server/amqp/wire/performative.hpp"

#include <functional>

namespace doorward::wire {
namespace {

Result<> not_a(std::string_view property, std::string_view type) {
  return fail(ErrorCode::invalid, "the property " + std::string(property) + " is not a " + std::string(type) +
                                      ": a delegate would ignore it");
}

// Keys and values of a map, in order, until `each` gives an error.
Result<> for_each_pair(std::string_view pairs,
                       const std::function<Result<>(const Value&, const Value&)>& each) {
  Reader reader(pairs);
  while (!reader.at_end()) {
    const Read<Value> key = reader.next();
    const Read<Value> value = key ? reader.next() : key;
    if (!value) return std::unexpected(value.error());
    if (const Result<> done = each(*key, *value); !done) return done;
  }
  return {};
}

// The strings of a list or array; nothing where something else is among them.
std::optional<std::vector<std::string>> strings_of(const Value& value, Type container) {
  if (value.type != container) return std::nullopt;
  Read<Reader> reader = Reader::into(value);
  if (!reader || reader->descriptor()) return std::nullopt;
  std::vector<std::string> strings;
  while (!reader->at_end()) {
    const Read<Value> element = reader->next();
    if (!element || element->type != Type::string) return std::nullopt;
    strings.emplace_back(element->bytes);
  }
  return strings;
}

Result<> read_identity(const Value& property, Identity& identity) {
  if (property.type != Type::map) return not_a(identity_property, "map");
  return for_each_pair(property.bytes, [&](const Value& key, const Value& value) -> Result<> {
    if (key.type != Type::string) return not_a(identity_property, "map of string to string");
    if (key.bytes != "sub" && key.bytes != "preferred_username") return {};
    if (value.type != Type::string) return not_a(identity_property, "map of string to string");
    (key.bytes == "sub" ? identity.sub : identity.preferred_username) = value.bytes;
    return {};
  });
}

Result<> read_groups(const Value& property, Identity& identity) {
  std::optional<std::vector<std::string>> groups = strings_of(property, Type::list);
  if (!groups) return not_a(groups_property, "list of string");
  identity.groups = std::move(*groups);
  return {};
}

Result<> read_addresses(const Value& property, Identity& identity) {
  static constexpr std::string_view type = "map of string to array of string";
  if (property.type != Type::map) return not_a(addresses_property, type);
  auto& addresses = identity.address_authz.emplace();
  return for_each_pair(property.bytes, [&](const Value& key, const Value& value) -> Result<> {
    std::optional<std::vector<std::string>> permissions = strings_of(value, Type::array);
    if (key.type != Type::string || !permissions) return not_a(addresses_property, type);
    addresses.insert_or_assign(std::string(key.bytes), std::move(*permissions));
    return {};
  });
}

}  // namespace

Result<Identity> parse_open_reply(std::string_view body) {
  const Result<Open> open = parse_open(body);
  if (!open) return std::unexpected(open.error());
  Identity identity;
  identity.offers_address_authz = open->offers_address_authz;
  const Result<> read =
      for_each_pair(open->properties, [&](const Value& key, const Value& value) -> Result<> {
        if (key.type != Type::symbol) return {};
        if (key.bytes == identity_property) return read_identity(value, identity);
        if (key.bytes == groups_property) return read_groups(value, identity);
        if (key.bytes == addresses_property) return read_addresses(value, identity);
        return {};
      });
  if (!read) return std::unexpected(read.error());
  return identity;
}

}  // namespace doorward::wire
