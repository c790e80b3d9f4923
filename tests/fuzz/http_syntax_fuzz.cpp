// Heads and chunks: the first byte says in pieces of which size the rest comes. What is taken depends on the
// bytes and not on the pieces, and holds no line end or header that two readers could see differently.
#include "server/http/syntax.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace doorward;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

template <class Syntax>
bool in_pieces(Syntax& syntax, std::string_view text, std::size_t piece) {
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    if (!syntax.accept(text.substr(0, piece))) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 16u + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

  http::HeadSyntax head, head_in_pieces;
  const bool taken = head.accept(text);
  must(taken == in_pieces(head_in_pieces, text, piece));
  must(head.headers() == head_in_pieces.headers());
  for (const auto& [name, value] : head.headers()) {
    must(http::is_token(name));
    must(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  if (taken && head.ended()) {
    must(text.ends_with("\r\n\r\n"));
    must(std::ranges::count(text, '\n') == static_cast<std::ptrdiff_t>(head.headers().size()) + 2);
  }

  http::ChunkSyntax chunks, chunks_in_pieces;
  must(chunks.accept(text) == in_pieces(chunks_in_pieces, text, piece));
  must(chunks.ended() == chunks_in_pieces.ended());
  if (chunks.ended()) must(text.ends_with("\r\n\r\n"));
  return 0;
}
