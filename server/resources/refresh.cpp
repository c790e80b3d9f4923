#include "server/resources/refresh.hpp"

#include "server/resources/kinds/uid.hpp"
#include "server/resources/reconcile.hpp"
#include "server/resources/workspace.hpp"

#include <chrono>

namespace doorward::resources {
namespace {

constexpr int max_attempts = 5;

}  // namespace

Result<> refresh_bridges(Store& store, const Settings& settings, WriteTurns* turns) {
  // For all of it: it is short, and takes no PBKDF2.
  const auto turn = turns == nullptr ? WriteTurns::Turn() : turns->take();
  const std::string now = rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    Workspace workspace(store);
    for (Workspace::Object* object : workspace.all(store_kind::authentication_services)) {
      if (service_of(object->document).type != ServiceType::external) continue;
      nlohmann::json document = object->document;
      workspace.put(*object->kind, object->key, std::move(document));
    }
    if (workspace.touched(store_kind::authentication_services).empty()) return {};
    // What is in conflict is so without us, and whoever writes next is told.
    if (!reconcile(workspace, settings, now).empty()) return {};
    const auto writes = workspace.writes(now);
    if (!writes) return std::unexpected(writes.error());
    if (writes->empty()) return {};
    const auto committed = store.commit(*writes);
    if (committed) return {};
    if (committed.error().code != ErrorCode::conflict) return std::unexpected(committed.error());
  }
  return fail(ErrorCode::unavailable, "others kept changing the same objects");
}

}  // namespace doorward::resources
