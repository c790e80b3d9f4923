#pragma once
// Where a request ends (RFC 9112, section 6), told before a byte of its body is read. The HTTP library is
// lenient where two readers could disagree about that, and a body that one of them takes for the next request
// is how requests are smuggled: what is ambiguous is refused.
#include "server/http/refusal.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace doorward::http {

struct Framing {
  bool chunked = false;
  std::uint64_t length = 0;  // of the body, where it is not chunked
  bool has_body() const { return chunked || length > 0; }
};

// Of headers in any kind of multimap with the names as sent.
template <class Headers>
std::expected<Framing, Refusal> framing_of(const Headers& headers, std::size_t body_bytes);

// One header at a time, in order; framing_of() is this in a loop.
class FramingReader {
 public:
  void header(std::string_view name, std::string_view value);
  std::expected<Framing, Refusal> result(std::size_t body_bytes) const;

 private:
  Framing framing_;
  int lengths_ = 0, encodings_ = 0;
  bool bad_name_ = false, bad_length_ = false, bad_encoding_ = false;
};

template <class Headers>
std::expected<Framing, Refusal> framing_of(const Headers& headers, std::size_t body_bytes) {
  FramingReader reader;
  for (const auto& [name, value] : headers) reader.header(name, value);
  return reader.result(body_bytes);
}

// Equal but for the case of ASCII letters.
bool same_header(std::string_view a, std::string_view b);

}  // namespace doorward::http
