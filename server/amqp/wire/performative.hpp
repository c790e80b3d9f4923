#pragma once
// A performative is a described list; here it is read field by field, as the specification's tables list
// them, and each field is checked to its innermost value as it is read. The first fault sticks and every
// later field comes out empty, so that a parser is a list of its fields and one check.
#include "server/amqp/wire/reader.hpp"
#include "store/model/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace doorward::wire {

// Those that doorward reads or writes, by descriptor (0x00000000:0x000000NN), and the error that `close` may
// carry.
enum class Descriptor : std::uint8_t {
  open = 0x10,
  close = 0x18,
  error = 0x1d,
  sasl_mechanisms = 0x40,
  sasl_init = 0x41,
  sasl_challenge = 0x42,
  sasl_response = 0x43,
  sasl_outcome = 0x44,
};
std::string_view to_string(Descriptor descriptor);  // open, ..., sasl-outcome

enum class Presence : std::uint8_t { optional, mandatory };

class Fields {
 public:
  // The fields of a frame's body. A body that is malformed, or another performative, is a fault like any
  // other.
  Fields(std::string_view body, Descriptor expected);
  // The fields of a described list within another.
  Fields(const Value& described, Descriptor expected);

  std::optional<std::string_view> string(std::string_view name, Presence presence = Presence::optional);
  std::optional<std::string_view> symbol(std::string_view name, Presence presence = Presence::optional);
  std::optional<std::string_view> binary(std::string_view name, Presence presence = Presence::optional);
  // An unsigned integer of the given width.
  std::optional<std::uint64_t> number(std::string_view name, Type type,
                                      Presence presence = Presence::optional);
  std::optional<Value> value(std::string_view name, Type type, Presence presence = Presence::optional);
  // A field with multiple="true", which is a lone symbol or an array of them: calls `each` with every one.
  template <class Each>
  void symbols(std::string_view name, Presence presence, Each each);

  // Adds a fault that the caller found.
  void refuse(std::string_view name, std::string_view why);
  // An error if anything was wrong, or if there are fields that nobody asked for.
  Result<> finish();

 private:
  void enter(const Value& described);
  std::optional<Value> next(std::string_view name, Presence presence);

  Descriptor expected_;
  Reader reader_{std::string_view{}};
  std::uint32_t left_ = 0;  // fields that the list claims and that were not read yet
  std::optional<Error> fault_;
};

// Which performative a frame's body is, by its descriptor alone; nothing for one that is not in the list
// above. What it holds is not looked at.
Result<std::optional<Descriptor>> read_descriptor(std::string_view body);

template <class Each>
void Fields::symbols(std::string_view name, Presence presence, Each each) {
  const std::optional<Value> field = next(name, presence);
  if (!field) return;
  if (field->type == Type::symbol) return each(field->bytes);
  if (field->type != Type::array) return refuse(name, "is neither a symbol nor an array of symbols");
  Read<Reader> elements = Reader::into(*field);
  if (!elements || elements->descriptor()) return refuse(name, "is not an array of symbols");
  while (!elements->at_end()) {
    const Read<Value> element = elements->next();
    if (!element || element->type != Type::symbol) return refuse(name, "is not an array of symbols");
    each(element->bytes);
  }
}

}  // namespace doorward::wire
