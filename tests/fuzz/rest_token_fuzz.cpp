// Continue tokens: nobody but who has the key makes one that is read, and what was made is read as it was.
#include "server/rest/continue_token.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace doorward;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rest::ContinueTokens tokens{Secret(std::string(32, 'k'))};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (tokens.read(text, "users")) std::abort();
  if (size > 506 || text.contains('/')) return 0;
  const rest::Continuation at{size, std::string(text.substr(0, size / 2)),
                              std::string(text.substr(size / 2))};
  if (tokens.read(tokens.make(at, text), text) != at) std::abort();
  return 0;
}
