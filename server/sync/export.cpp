#include "server/sync/export.hpp"

#include "server/resources/builtin_roles.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/prepare.hpp"
#include "server/sync/object_list.hpp"
#include "server/sync/object_paths.hpp"
#include "server/sync/plain_object.hpp"

#include <utility>

namespace doorward::sync {

using nlohmann::json;
using resources::find_at;
using resources::Kind;
using resources::text_at;

namespace {

Error refused(const std::string& what, const ApiAnswer& answer) {
  return {ErrorCode::unavailable, what + ": " + answer.message()};
}

// The verifiers go into the manifest; false: the user went meanwhile.
Result<bool> add_credentials(const AskApi& ask, const Kind& kind, json& user) {
  if (text_at(user, {"spec", "authentication", "type"}) != "password") return true;
  const ObjectKey key = key_of(kind, user);
  const auto answer = ask({.path = object_path(kind, key) + "/credentials"});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 404) return false;
  if (!answer->ok()) return std::unexpected(refused("credentials of " + object_text(kind, key), *answer));
  if (const json* verifiers = find_at(answer->body, {"credentials"});
      verifiers != nullptr && !verifiers->empty())
    user["spec"]["authentication"]["credentials"] = *verifiers;
  return true;
}

}  // namespace

Result<std::size_t> export_all(const AskApi& ask, const std::string& ns,
                               const std::function<void(json object)>& write) {
  std::size_t count = 0;
  for (const Kind* kind : kinds_in_order()) {
    if (!ns.empty() && !kind->is_namespaced()) continue;
    auto objects = list_objects(ask, *kind, ns, "");
    if (!objects) return std::unexpected(objects.error());
    if (!objects->refusal.empty())
      return fail(ErrorCode::unavailable, std::string(kind->plural()) + ": " + objects->refusal);
    for (json& object : objects->items) {
      if (resources::is_builtin(object)) continue;
      if (kind->store_kind == resources::store_kind::messaging_users) {
        const auto there = add_credentials(ask, *kind, object);
        if (!there) return std::unexpected(there.error());
        if (!*there) continue;
      }
      object["apiVersion"] = kind->api_version();
      object["kind"] = kind->name;
      write(without_owner(plain_object(std::move(object))));
      ++count;
    }
  }
  return count;
}

}  // namespace doorward::sync
