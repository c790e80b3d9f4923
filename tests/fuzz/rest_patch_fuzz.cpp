// Bodies and patches: JSON within bounds, and what a patch of each kind makes of an object. Whatever comes
// out can be written and read again.
#include "server/resources/json_access.hpp"
#include "server/rest/field_validation.hpp"
#include "server/rest/json_body.hpp"
#include "server/rest/patch.hpp"

#include <cstdint>
#include <cstdlib>

using namespace doorward;
using nlohmann::json;

namespace {

void check(const rest::Reply<json>& patched) {
  if (!patched) return;
  json object = *patched;
  const std::string text = resources::to_text(object);
  if (json::parse(text, nullptr, false).is_discarded()) std::abort();
  const resources::Kind& kind = *resources::find_kind(resources::store_kind::messaging_users);
  rest::prune_unknown(kind, object);
  if (!rest::prune_unknown(kind, object).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const json object = json::parse(
      R"({"apiVersion":"user.enmasse.io/v1beta1","kind":"MessagingUser","metadata":{"name":"a.b","labels":{"l":"1"}},
          "spec":{"username":"u","authentication":{"type":"federated"},
                  "authorization":[{"addresses":["a","b"],"operations":["send"]}]}})");
  const auto body = rest::read_json({reinterpret_cast<const char*>(data), size}, {.bytes = 64u << 10});
  if (!body) return 0;
  check(rest::merge_patch(object, body->value));
  check(rest::json_patch(object, body->value));
  check(rest::strategic_merge_patch(object, body->value));
  return 0;
}
