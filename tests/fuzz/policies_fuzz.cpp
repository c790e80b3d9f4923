// An address of a rule on the first line, the address that is asked for on the second: what is accepted is
// free of all that a delegate would misread, and the explanation says what delegates will do.
#include "policies/addresses.hpp"
#include "policies/explain.hpp"
#include "policies/open_size.hpp"
#include "server/amqp/wire/open.hpp"
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

namespace {

using namespace doorward;
using fuzz::must;

Authorization check(const std::string& written) {
  const bool accepted = check_address(written).has_value();
  if (accepted) {
    must(!written.empty() && written.size() <= max_address_bytes && is_utf8(written),
         "an address out of bounds");
    must(written.find_first_of(std::string_view("\0,", 2)) == std::string::npos, "a comma or NUL");
    must(!written.contains("${"), "a variable of the router");
    must(written.front() != ' ' && written.back() != ' ', "white space at an end");
  }
  const AddressRule rules[] = {{.addresses = {written}, .operations = {.send = true}}};
  const Authorization authorization = authorize(rules);
  must(authorization.addresses.size() == (accepted ? 1 : 0), "a refused address is handed on");
  const std::string reply = wire::encode(wire::OpenReply{"doorward", "ann", &authorization, true});
  must(reply.size() <= open_reply_bound(authorization, "ann"), "a reply larger than its bound");
  return authorization;
}

void explain(const std::string& written, const std::string& asked, const Authorization& authorization) {
  const AddressRule rules[] = {{.addresses = {written}, .operations = {.send = true}}};
  const Explanation explanation = explain(rules, Operation::send, asked);
  for (const Reading& reading : explanation.readings) {
    must(reading.allowed == may(authorization, reading.delegate, Operation::send, asked),
         "explained otherwise");
    must(!reading.allowed || (reading.entry == written && reading.rule == 0u), "another rule decided");
  }
  if (authorization.addresses.empty() || written.find_first_of("*#+") != std::string::npos) return;
  must(explanation.delegates_agree(), "delegates differ, and nobody was warned");
  must(explanation.allowed() == (asked == written), "an address is more than itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines = fuzz::lines(data, size);
  lines.resize(std::max<std::size_t>(lines.size(), 2));
  const Authorization authorization = check(lines[0]);
  if (lines[1].size() <= max_address_bytes) explain(lines[0], lines[1], authorization);
  return 0;
}
