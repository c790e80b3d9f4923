// Bodies and patches: JSON within bounds, and what a patch of each kind makes of an object. Whatever comes
// out can be written and read again, and is no deeper than a body may be: after every operation of a JSON
// patch, not only after the last.
#include "server/resources/document/json_access.hpp"
#include "server/rest/managed_fields.hpp"
#include "server/rest/object_view.hpp"
#include "server/rest/server_side_apply.hpp"
#include "server/rest/wire/field_validation.hpp"
#include "server/rest/wire/json_body.hpp"
#include "server/rest/wire/json_patch.hpp"
#include "server/rest/wire/patch.hpp"

#include <cstdint>
#include <cstdlib>

using namespace doorward;
using nlohmann::json;

namespace {

void check(const rest::Reply<json>& patched) {
  if (!patched) return;
  json object = *patched;
  const std::string text = resources::to_text(object);
  if (!rest::read_json(text, {.bytes = text.size(), .values = text.size()})) std::abort();
  const resources::Kind& kind = *resources::find_kind(resources::store_kind::messaging_users);
  rest::prune_unknown(kind, object);
  if (!rest::prune_unknown(kind, object).empty()) std::abort();
}

// Whatever is taken as a whole was within bounds on its way.
void check_each_operation(const json& object, const json& patch) {
  const rest::Reply<json> patched = rest::json_patch(object, patch);
  check(patched);
  constexpr std::size_t few = 16;  // each is applied from the beginning
  if (!patched || patch.size() > few) return;
  json begun = json::array();
  for (const json& operation : patch) {
    begun.push_back(operation);
    const rest::Reply<json> so_far = rest::json_patch(object, begun);
    if (!so_far) std::abort();
    check(so_far);
  }
}

// Apply on the server's side: the same again changes nothing, force has no conflict, and whoever applies
// nothing more leaves what the other one applied.
void check_apply(const json& object, const json& config) {
  const resources::Kind& kind = *resources::find_kind(resources::store_kind::messaging_users);
  rest::Current current{object, object};
  const auto apply = [&](std::string_view manager, const json& wanted, bool force) {
    auto edited = rest::server_side_apply(kind, current, wanted, manager, force);
    if (!edited) return edited.error().code;
    check(edited->object);
    if (!edited->object["metadata"].is_object()) return 400;  // as the writer says next
    current.object = current.document = edited->object;
    current.document["metadata"][rest::applied_field] = *edited->applied;
    return 200;
  };
  if (apply("a", config, false) != 200) return;
  const json once = current.object;
  if (apply("a", config, false) != 200 || current.object != once) std::abort();
  if (apply("b", config, false) != 200 || current.object != once) std::abort();
  (void)apply("a", object, false);
  if (apply("b", config, true) != 200) std::abort();
  (void)rest::managed_fields(kind, current.document);
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
  check_each_operation(object, body->value);
  check(rest::strategic_merge_patch(object, body->value));
  check_apply(object, body->value);
  return 0;
}
