#include "server/http/framing.hpp"

#include "server/http/syntax.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace doorward::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::unexpected<Refusal> bad_request(std::string message) {
  return std::unexpected(Refusal{400, "BadRequest", std::move(message)});
}

}  // namespace

bool same_header(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

void FramingReader::header(std::string_view name, std::string_view value) {
  bad_name_ |= !is_token(name);
  if (same_header(name, "Content-Length")) {
    ++lengths_;
    const char* end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, framing_.length);
    bad_length_ |= read.ec != std::errc() || read.ptr != end;
  } else if (same_header(name, "Transfer-Encoding")) {
    ++encodings_;
    framing_.chunked = same_header(value, "chunked");
    bad_encoding_ |= !framing_.chunked;
  }
}

std::expected<Framing, Refusal> FramingReader::result(std::size_t body_bytes) const {
  if (bad_name_) return bad_request("a header's name is no token: no space may stand before its colon");
  if (lengths_ > 1 || bad_length_) return bad_request("Content-Length must be one whole number");
  if (encodings_ > 1 || bad_encoding_) {
    return std::unexpected(
        Refusal{501, "BadRequest", "Transfer-Encoding must be `chunked`, once: no other coding is known"});
  }
  if (lengths_ > 0 && encodings_ > 0) {
    return bad_request("Content-Length and Transfer-Encoding exclude each other: send one of them");
  }
  if (framing_.length > body_bytes) {
    return std::unexpected(Refusal{413, "RequestEntityTooLarge",
                                   fmt::format("the body is too large: {} bytes at most", body_bytes)});
  }
  return framing_;
}

}  // namespace doorward::http
