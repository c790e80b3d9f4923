#include "server/amqp/wire/performative.hpp"

#include "server/amqp/wire/check.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace doorward::wire {
namespace {

struct Entry {
  Descriptor descriptor;
  std::string_view name;
  std::string_view symbol;  // legal in place of the number, if never seen
};
constexpr std::array<Entry, 8> entries{{
    {Descriptor::open, "open", "amqp:open:list"},
    {Descriptor::close, "close", "amqp:close:list"},
    {Descriptor::error, "error", "amqp:error:list"},
    {Descriptor::sasl_mechanisms, "sasl-mechanisms", "amqp:sasl-mechanisms:list"},
    {Descriptor::sasl_init, "sasl-init", "amqp:sasl-init:list"},
    {Descriptor::sasl_challenge, "sasl-challenge", "amqp:sasl-challenge:list"},
    {Descriptor::sasl_response, "sasl-response", "amqp:sasl-response:list"},
    {Descriptor::sasl_outcome, "sasl-outcome", "amqp:sasl-outcome:list"},
}};

struct DescribedList {
  std::optional<Descriptor> descriptor;
  Value list;
};

Read<DescribedList> split(const Value& described) {
  if (described.type != Type::described) return std::unexpected(Malformed{"it has no descriptor"});
  Reader reader(described.bytes);
  const Read<Value> descriptor = reader.next();
  if (!descriptor) return std::unexpected(descriptor.error());
  const Read<Value> list = reader.next();
  if (!list) return std::unexpected(list.error());
  if (list->type != Type::list) return std::unexpected(Malformed{"its fields are not a list"});
  const auto* entry = std::ranges::find_if(entries, [&](const Entry& e) {
    return descriptor->type == Type::ulong ? descriptor->number() == static_cast<std::uint64_t>(e.descriptor)
           : descriptor->type == Type::symbol ? descriptor->bytes == e.symbol
                                              : false;
  });
  if (entry == entries.end()) return DescribedList{.descriptor = std::nullopt, .list = *list};
  return DescribedList{.descriptor = entry->descriptor, .list = *list};
}

// The one value of a frame's body; what it holds is not checked yet.
Read<Value> read_body(std::string_view body) {
  if (body.empty()) return std::unexpected(Malformed{"the frame is empty"});
  Reader reader(body);
  Read<Value> performative = reader.next();
  if (performative && !reader.at_end())
    return std::unexpected(Malformed{"bytes are left behind the performative"});
  return performative;
}

// The descriptor and the list are around the values of a field.
constexpr std::size_t field_depth = 3;

}  // namespace

std::string_view to_string(Descriptor descriptor) {
  return std::ranges::find(entries, descriptor, &Entry::descriptor)->name;
}

Fields::Fields(std::string_view body, Descriptor expected) : expected_(expected) {
  const Read<Value> performative = read_body(body);
  if (performative) {
    enter(*performative);
  } else {
    refuse("", performative.error().what);
  }
}

Fields::Fields(const Value& described, Descriptor expected) : expected_(expected) { enter(described); }

void Fields::enter(const Value& described) {
  const Read<DescribedList> split_list = split(described);
  if (!split_list) return refuse("", split_list.error().what);
  if (split_list->descriptor != expected_) {
    return refuse("", split_list->descriptor
                          ? "it is " + std::string(to_string(*split_list->descriptor)) + " instead"
                          : "it has another descriptor");
  }
  reader_ = Reader(split_list->list.bytes);
  left_ = split_list->list.count;
}

std::optional<Value> Fields::next(std::string_view name, Presence presence) {
  if (fault_) return std::nullopt;
  Value field;
  if (left_ > 0) {
    --left_;
    const Read<Value> read = reader_.next();
    const Read<> checked = read ? check_value(*read, field_depth) : std::unexpected(read.error());
    if (!checked) {
      refuse("", checked.error().what);
      return std::nullopt;
    }
    field = *read;
  }
  if (field.type != Type::null) return field;
  if (presence == Presence::mandatory) refuse(name, "is missing");
  return std::nullopt;
}

std::optional<Value> Fields::value(std::string_view name, Type type, Presence presence) {
  const std::optional<Value> field = next(name, presence);
  if (!field || field->type == type) return field;
  refuse(name,
         "is of type " + std::string(to_string(field->type)) + " instead of " + std::string(to_string(type)));
  return std::nullopt;
}

std::optional<std::string_view> Fields::string(std::string_view name, Presence presence) {
  const std::optional<Value> field = value(name, Type::string, presence);
  return field ? std::optional(field->bytes) : std::nullopt;
}

std::optional<std::string_view> Fields::symbol(std::string_view name, Presence presence) {
  const std::optional<Value> field = value(name, Type::symbol, presence);
  return field ? std::optional(field->bytes) : std::nullopt;
}

std::optional<std::string_view> Fields::binary(std::string_view name, Presence presence) {
  const std::optional<Value> field = value(name, Type::binary, presence);
  return field ? std::optional(field->bytes) : std::nullopt;
}

std::optional<std::uint64_t> Fields::number(std::string_view name, Type type, Presence presence) {
  const std::optional<Value> field = value(name, type, presence);
  return field ? std::optional(field->number()) : std::nullopt;
}

void Fields::refuse(std::string_view name, std::string_view why) {
  if (fault_) return;
  std::string message = "malformed " + std::string(to_string(expected_)) + ": ";
  if (!name.empty()) message.append(name).append(" ");
  fault_ = Error{ErrorCode::invalid, message.append(why)};
}

Result<> Fields::finish() {
  if (left_ > 0) {
    refuse("", reader_.at_end() ? "its count is greater than its fields"
                                : "it has more fields than the specification names");
  }
  if (!reader_.at_end()) refuse("", "bytes are left behind the last field");
  if (fault_) return std::unexpected(*fault_);
  return {};
}

Result<std::optional<Descriptor>> read_descriptor(std::string_view body) {
  const Read<Value> performative = read_body(body);
  if (!performative) return std::unexpected(performative.error());
  const Read<DescribedList> split_list = split(*performative);
  if (!split_list) return std::unexpected(split_list.error());
  return split_list->descriptor;
}

}  // namespace doorward::wire
