// Lines of an audit that somebody had in hand: whatever they hold, the reader keeps to its bounds, its parts
// lie in the line, and nothing that was not sealed under the key passes the verifier.
#include "server/audit/verify.hpp"
#include "tests/fuzz/exchange_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doorward;
  using fuzz::must;
  static const Secret key("a key that no input was sealed under");
  audit::Verifier verifier(key, {});
  bool fault = false;
  for (const std::string& line : fuzz::lines(data, size)) {
    fault = !verifier.line(line, true).empty() || fault;
    const auto read = audit::read_line(line);
    if (!read) continue;
    must(line.size() <= audit::max_line_bytes, "a line over the bound");
    must(read->seq > 0 && read->mac.size() == audit::mac_digits, "parts of a wrong form");
    must(line.starts_with(read->sealed) && line.find(read->mac) != std::string::npos,
         "parts of another line");
    must(read->torn_bytes == 0 || read->previous, "torn without previous");
  }
  must(fault || !verifier.end().empty(), "a forged audit passes");
  if (const auto position = audit::Position::parse({reinterpret_cast<const char*>(data), size}))
    must(position->text() == std::string(reinterpret_cast<const char*>(data), size),
         "an anchor of two forms");
  return 0;
}
