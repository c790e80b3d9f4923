#include "server/rest/write_attempts.hpp"

#include "server/resources/apply.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/uid.hpp"
#include "server/resources/reconcile.hpp"
#include "server/rest/large_bodies.hpp"
#include "server/rest/refused_conflicts.hpp"

#include <chrono>
#include <utility>

namespace doorward::rest {

using resources::Kind;
using resources::Workspace;

std::string now_text() {
  return resources::rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

void warn_of_owner(const nlohmann::json& document, std::vector<std::string>& warnings) {
  const std::string owner = resources::text_at(document, {"metadata", "labels", resources::owner_label});
  if (owner.empty()) return;
  warnings.push_back("this object is applied from a directory of resources (" +
                     std::string(resources::owner_label) + "=" + owner +
                     "), which undoes this change when it is applied again: change it there");
}

bool WriteAttempts::is_large(const Call& call) { return call.request.body.size() >= LargeBodies::large; }

Reply<std::vector<Write>> WriteAttempts::derive(const rbac::Caller& caller, const Kind& kind,
                                                const ObjectKey& key, Workspace& workspace,
                                                std::string_view now, std::vector<std::string>* waits) const {
  auto conflicts = resources::reconcile(workspace, parts_.settings, now);
  if (waits != nullptr) {
    std::erase_if(conflicts, [&](const resources::Conflict& one) {
      if (one.waits) waits->push_back("the user is Pending: " + one.error.message);
      return one.waits;
    });
  }
  if (!conflicts.empty())
    return refused(kind, key, conflicts, [&](const ObjectKey& other) {
      const Kind* of = resources::find_kind(other.kind);
      return of != nullptr && parts_.authorizer
                                  .decide(caller, {.verb = "get",
                                                   .group = of->group,
                                                   .resource = of->plural(),
                                                   .ns = other.ns,
                                                   .name = other.name})
                                  .allowed;
    });
  auto writes = workspace.writes(now);
  if (!writes) return of_store(writes.error());
  return std::move(*writes);
}

WriteAttempts::Attempted<std::vector<ResourceVersion>> WriteAttempts::commit(
    const Call& call, std::string_view name, Workspace& workspace, const std::vector<Write>& writes,
    ResourceVersion read_at, Turn& turn) const {
  using Versions = std::vector<ResourceVersion>;
  take(turn);
  // What follows from objects that were only read holds if nobody wrote since.
  const auto version = parts_.store.version();
  if (version && *version != read_at) return std::unexpected(Overtaken{});
  auto committed = parts_.store.commit(writes);
  if (committed) {
    if (parts_.told) {
      for (const auto& change : resources::changes_of(workspace, writes)) parts_.told(call.request, change);
    }
    return Reply<Versions>(std::move(*committed));
  }
  const Error& error = committed.error();
  if (error.code == ErrorCode::conflict) return std::unexpected(Overtaken{});
  if (error.code == ErrorCode::already_exists)
    return Reply<Versions>(conflict(*call.kind, name, error.message));
  return Reply<Versions>(of_store(error));
}

}  // namespace doorward::rest
