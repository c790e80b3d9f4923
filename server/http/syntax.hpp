#pragma once
// The head of a request and the framing of chunks, as RFC 9112 lets them be and no other way, on the bytes as
// they come. The HTTP library passes over lines that it does not understand and takes chunk sizes that no
// other reader would: whoever sits in front of this server may then see another request than it does. So the
// bytes are read here first, and the headers that count are those that were read here.
//
// Belongs to one connection. Nothing is kept but the head, whose size its caller bounds.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward::http {

// RFC 9110, section 5.6.2: the name of a header or method.
bool is_token(std::string_view text);

// Request line and headers, up to the empty line (RFC 9112, sections 2.2, 3 and 5).
class HeadSyntax {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  // The next bytes. False once something is in them that no head may have: a line that does not end in CRLF,
  // a control character, a header without a colon, or whose name is no token (so that none is folded).
  bool accept(std::string_view bytes);
  bool ended() const { return state_ == State::ended; }
  // Names and values in order, as sent; values without white space around them.
  const Headers& headers() const { return headers_; }

 private:
  enum class State : std::uint8_t { in_line, after_cr, ended, refused };
  State next(char c);
  State end_line();

  State state_ = State::in_line;
  bool first_ = true;  // the request line, which is left to the library
  std::string line_;
  Headers headers_;
};

// A body in chunks, with their sizes (RFC 9112, section 7.1). Trailers are not known.
class ChunkSyntax {
 public:
  // The next bytes. False once a size is not 1*HEXDIG, a line does not end in CRLF, or a chunk is longer or
  // shorter than it said.
  bool accept(std::string_view bytes);
  bool ended() const { return state_ == State::ended; }

 private:
  // In the order in which they come. `last`: the empty line after the chunk of size 0.
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    last_cr,
    last_lf,
    ended,
    refused
  };
  State next(char c);

  State state_ = State::size;
  std::uint64_t left_ = 0;  // of the chunk
  int digits_ = 0;
};

}  // namespace doorward::http
