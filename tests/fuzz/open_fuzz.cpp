// The peer's `open` and `close` after the outcome, and the server's as a delegate reads them: the body of a
// frame. Whatever a parser accepts, Proton must read as the same fields.
#include "server/amqp/wire/check.hpp"
#include "server/amqp/wire/open.hpp"
#include "tests/fuzz/proton_oracle.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace doorward;
using oracle::must;

void open(std::string_view body) {
  const Result<wire::Open> open = wire::parse_open(body);
  if (!open) return;
  oracle::Fields theirs(body);
  must(open->container_id == theirs.bytes(0, PN_STRING), "another container-id");
  must(open->hostname == theirs.bytes(1, PN_STRING).value_or(""), "another hostname");
  must(open->max_frame_size == std::max(theirs.number(2, PN_UINT).value_or(UINT32_MAX), 512ULL),
       "another max-frame-size");
  const std::vector<std::string> offered = theirs.symbols(7);
  const std::vector<std::string> desired = theirs.symbols(8);
  must(open->offers_address_authz == (std::ranges::count(offered, wire::address_authz_capability) > 0),
       "other offered capabilities");
  must(open->desires_address_authz == (std::ranges::count(desired, wire::address_authz_capability) > 0),
       "other desired capabilities");
}

// What a delegate reads is what an encoder of ours writes again.
void open_reply(std::string_view body) {
  const Result<wire::Identity> identity = wire::parse_open_reply(body);
  if (!identity) return;
  must(wire::parse_open(body).has_value(), "a reply that is no open");
  Authorization authorization;
  authorization.groups = identity->groups;
  if (identity->address_authz) {
    for (const auto& [address, permissions] : *identity->address_authz) {
      authorization.addresses[address] = {.send = true, .recv = permissions.empty()};
    }
  }
  const std::string again = encode(wire::OpenReply{"id", identity->sub, &authorization, true});
  const Result<wire::Identity> back = wire::parse_open_reply(std::string_view(again).substr(8));
  must(back && back->sub == identity->sub && back->preferred_username == identity->sub &&
           back->groups == identity->groups && back->address_authz->size() == authorization.addresses.size(),
       "a reply does not come back");
  oracle::must_read_the_same(std::string_view(again).substr(8));
}

void close(std::string_view body) {
  const Result<std::optional<wire::Close>> close = wire::parse_close(body);
  if (!close || !*close) return;
  const std::string again = wire::encode_close((*close)->condition, (*close)->description);
  const Result<std::optional<wire::Close>> back = wire::parse_close(std::string_view(again).substr(8));
  must(back && *back && (*back)->condition == (*close)->condition &&
           (*back)->description == (*close)->description,
       "close does not come back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (wire::check_values(body, 1)) oracle::must_read_the_same(body);
  open(body);
  open_reply(body);
  close(body);
  return 0;
}
