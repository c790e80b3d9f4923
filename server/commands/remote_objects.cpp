#include "server/commands/remote_objects.hpp"

#include "server/resources/kinds/catalogue.hpp"
#include "server/sync/object_paths.hpp"

namespace doorward {

nlohmann::json RemoteObjects::find(const ObjectKey& key) {
  const ApiRequest request{.path = sync::object_path(*resources::find_kind(key.kind), key)};
  auto answer = ask_(request);
  if (answer && answer->ok()) return std::move(answer->body);
  const bool absent = answer && answer->status == 404;
  if (!absent && fault_.empty()) {
    fault_ =
        answer ? "the server refuses GET " + request.path + ": " + answer->message() : answer.error().message;
  }
  return nullptr;
}

}  // namespace doorward
