// The file of tokens: what is read from it can be written and read again as the same, and lets nobody in
// under an empty name.
#include "server/callers/token_file.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using doorward::fuzz::must;
  const auto entries = doorward::parse_tokens({reinterpret_cast<const char*>(data), size}, "tokens.yaml");
  if (!entries) {
    must(!entries.error().message.empty(), "refused without a word");
    return 0;
  }
  for (const doorward::TokenEntry& entry : *entries) {
    must(!entry.name.empty() && entry.sha256.size() == 64, "half an entry");
  }
  const auto again = doorward::parse_tokens(doorward::format_tokens(*entries), "tokens.yaml");
  must(again.has_value() && *again == *entries, "what was written reads as something else");
  return 0;
}
