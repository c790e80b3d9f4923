// An `Accept` header, and headers that say where a body ends, as a stranger sends them: what is found in them
// is there, and what is taken as a length is one.
#include "server/http/framing.hpp"
#include "server/rest/published/discovery.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace doorward;
using fuzz::must;

constexpr std::size_t bound = 3 * 1024 * 1024;

void check_accept(const std::string& text) {
  if (rest::asks_for(text, "as", "Table"))
    must(text.contains("as") && text.contains("Table"), "a made-up parameter");
  if (rest::asks_for_aggregated_discovery(text)) {
    must(rest::asks_for(text, "v", "v2") && rest::asks_for(text, "as", "APIGroupDiscoveryList"),
         "half asked for");
  }
  must(rest::asks_for(text + ",a/b;fuzz=1", "fuzz", "1"), "the last range is lost");
  must(rest::asks_for("a/b; fuzz = 1 ," + text, "fuzz", "1"), "the first range is lost");
}

void check_framing(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const std::size_t colon = line.find(':');
    headers.emplace_back(line.substr(0, colon), colon == std::string::npos ? "" : line.substr(colon + 1));
    begin = end + 1;
  }
  const auto framing = http::framing_of(headers, bound);
  if (!framing) return must(framing.error().status >= 400 && framing.error().status < 600, "no refusal");
  must(framing->length <= bound, "a length above the bound");
  must(!framing->chunked || framing->length == 0, "two ends of one body");
  // The same headers with one more length are refused, whatever they were.
  headers.emplace_back("content-LENGTH", "0");
  const bool had_one = framing->chunked || framing->length > 0;
  must(!had_one || !http::framing_of(headers, bound), "a second end was taken");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_accept(text);
  check_framing(text);
  return 0;
}
