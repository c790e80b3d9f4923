#include "server/amqp/wire/writer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace doorward::wire {
namespace {

constexpr std::size_t wide_header_bytes = 9;    // format code, size and count of 4 bytes each
constexpr std::size_t narrow_header_bytes = 3;  // format code, size and count of 1 byte each

void put_number(std::string& bytes, std::size_t offset, std::uint64_t number, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i)
    bytes[offset + i] = static_cast<char>(number >> ((width - 1 - i) * 8));
}

void append_number(std::string& bytes, std::uint64_t number, std::size_t width) {
  while (width-- > 0) bytes += static_cast<char>(number >> width * 8);
}

}  // namespace

Writer::Writer(FrameType type, Descriptor performative, std::size_t expected_bytes) {
  bytes_.reserve(expected_bytes);
  // The size, once it is known; the data offset, which is the 8 bytes of this header; the type; the channel.
  bytes_.append({'\0', '\0', '\0', '\0', '\x02', static_cast<char>(type), '\0', '\0'});
  depth_ = 1;  // the frame's body, which holds the performative
  begin_described_list(performative);
}

void Writer::null() {
  count_value();
  bytes_ += '\x40';
}

void Writer::ubyte(std::uint8_t number) {
  count_value();
  bytes_ += '\x50';
  bytes_ += static_cast<char>(number);
}

void Writer::binary(std::string_view bytes) { variable(0xa0, bytes); }
void Writer::string(std::string_view text) { variable(0xa1, text); }
void Writer::symbol(std::string_view text) { variable(0xa3, text); }
void Writer::strings(std::span<const std::string_view> texts) { array(0xa1, texts); }
void Writer::symbols(std::span<const std::string_view> texts) { array(0xa3, texts); }

void Writer::variable(std::uint8_t narrow_code, std::string_view content) {
  count_value();
  const bool narrow = content.size() <= 255;
  bytes_ += static_cast<char>(narrow ? narrow_code : narrow_code + 0x10);
  append_number(bytes_, content.size(), narrow ? 1 : 4);
  bytes_ += content;
}

void Writer::array(std::uint8_t narrow_code, std::span<const std::string_view> contents) {
  begin(0xf0);
  const bool narrow = std::ranges::all_of(contents, [](std::string_view c) { return c.size() <= 255; });
  bytes_ += static_cast<char>(narrow ? narrow_code : narrow_code + 0x10);
  for (const std::string_view content : contents) {
    append_number(bytes_, content.size(), narrow ? 1 : 4);
    bytes_ += content;
    count_value();
  }
  end();
}

void Writer::begin_list() { begin(0xd0); }
void Writer::begin_map() { begin(0xd1); }

void Writer::begin_described_list(Descriptor descriptor) {
  bytes_.append({'\x00', '\x53', static_cast<char>(descriptor)});
  begin(0xd0);
}

void Writer::begin(std::uint8_t wide_code) {
  count_value();
  assert(depth_ < open_.size());
  open_[depth_++] = {.offset = bytes_.size(), .count = 0};
  bytes_.append({static_cast<char>(wide_code), '\0', '\0', '\0', '\0', '\0', '\0', '\0', '\0'});
}

void Writer::end() {
  const auto [offset, count] = open_[--depth_];
  const std::size_t content = bytes_.size() - offset - wide_header_bytes;
  if (content + 1 > 255 || count > 255) {
    put_number(bytes_, offset + 1, content + 4, 4);
    put_number(bytes_, offset + 5, count, 4);
    return;
  }
  // 0xd0, 0xd1 and 0xf0 become 0xc0, 0xc1 and 0xe0; what moves is short.
  put_number(bytes_, offset, static_cast<std::uint8_t>(bytes_[offset]) - 0x10, 1);
  put_number(bytes_, offset + 1, content + 1, 1);
  put_number(bytes_, offset + 2, count, 1);
  bytes_.erase(offset + narrow_header_bytes, wide_header_bytes - narrow_header_bytes);
}

std::string Writer::finish() {
  end();
  put_number(bytes_, 0, bytes_.size(), 4);
  return std::exchange(bytes_, {});
}

}  // namespace doorward::wire
