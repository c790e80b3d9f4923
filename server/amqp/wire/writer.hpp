#pragma once
// Appends AMQP values (AMQP 1.0 part 1) to one string that grows into a frame. Sizes and counts are filled in
// when a list or map ends, in 8-bit form where they fit and in 32-bit form else. No I/O, any thread.
//
//   Writer writer(FrameType::sasl, Descriptor::sasl_response);   // opens the list of fields
//   writer.binary(response);
//   return writer.finish();
//
// What is written is trusted to be UTF-8 or ASCII as its type demands.
#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/performative.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace doorward::wire {

class Writer {
 public:
  // Begins a frame on channel 0 with the performative's list of fields, `expected_bytes` long in all.
  Writer(FrameType type, Descriptor performative, std::size_t expected_bytes = 64);

  void null();
  void ubyte(std::uint8_t number);
  void binary(std::string_view bytes);
  void string(std::string_view text);
  void symbol(std::string_view text);
  void strings(std::span<const std::string_view> texts);  // an array
  void symbols(std::span<const std::string_view> texts);  // an array

  // What is written between belongs to the list or map; in a map keys and values take turns.
  void begin_list();
  void begin_described_list(Descriptor descriptor);
  void begin_map();
  void end();

  // Ends the list of fields and the frame. The writer is empty afterwards.
  std::string finish();

 private:
  struct Open {
    std::size_t offset = 0;  // of the format code
    std::uint32_t count = 0;
  };
  void count_value() { ++open_[depth_ - 1].count; }
  void begin(std::uint8_t wide_code);
  void variable(std::uint8_t narrow_code, std::string_view content);
  void array(std::uint8_t narrow_code, std::span<const std::string_view> contents);

  std::string bytes_;
  std::array<Open, 8> open_;  // nothing that is written here nests deeper than 5
  std::size_t depth_ = 0;
};

}  // namespace doorward::wire
