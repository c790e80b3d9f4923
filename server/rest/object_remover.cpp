#include "server/rest/object_remover.hpp"

#include "server/resources/prepare.hpp"
#include "server/rest/object_view.hpp"
#include "server/rest/wire/selectors.hpp"
#include "store/model/names.hpp"

#include <utility>

namespace doorward::rest {

using resources::Kind;
using resources::Workspace;

Reply<Written> ObjectRemover::remove(const Call& call, const DeleteOptions& options) const {
  return attempts_.until_not_overtaken<Written>(call, call.name, options.dry_run,
                                                [&](Turn& turn) { return remove_once(call, options, turn); });
}

Reply<std::vector<std::string>> ObjectRemover::remove_all(const Call& call,
                                                          const DeleteOptions& options) const {
  return attempts_.until_not_overtaken<std::vector<std::string>>(
      call, "", options.dry_run, [&](Turn& turn) { return remove_all_once(call, options, turn); });
}

WriteAttempts::Attempted<Written> ObjectRemover::remove_once(const Call& call, const DeleteOptions& options,
                                                             Turn& turn) const {
  const auto fail_with = [](Failure failure) -> Reply<Written> {
    return std::unexpected(std::move(failure));
  };
  const Kind& kind = *call.kind;
  const ObjectKey key = call.key();
  const auto read_at = attempts_.store().version();
  if (!read_at) return fail_with(of_store(read_at.error()).error());
  Workspace workspace(attempts_.store());
  const auto* there = workspace.find(key);
  if (workspace.error()) return fail_with(of_store(*workspace.error()).error());
  if (there == nullptr) return fail_with(not_found(kind, key.name).error());
  Written written{.object = view(kind, *there->stored, there->document), .created = false, .warnings = {}};
  const StoredObject& stored = *there->stored;
  if (options.uid && *options.uid != stored.uid)
    return fail_with(conflict(kind, key.name,
                              "Precondition failed: UID in precondition: " + quoted(*options.uid) +
                                  ", UID in object meta: " + stored.uid)
                         .error());
  if (options.resource_version && *options.resource_version != std::to_string(stored.version))
    return fail_with(conflict(kind, key.name,
                              "Precondition failed: ResourceVersion in precondition: " +
                                  quoted(*options.resource_version) +
                                  ", ResourceVersion in object meta: " + std::to_string(stored.version))
                         .error());
  warn_of_owner(there->document, written.warnings);
  if (const resources::Members gone = resources::prepare_removal(workspace, key); !gone.empty())
    written.warnings.push_back(gone.warning());
  const auto writes = attempts_.derive(call.request.caller, kind, key, workspace, now_text());
  if (!writes) return fail_with(writes.error());
  if (options.dry_run) return written;
  const auto versions = attempts_.commit(call, key.name, workspace, *writes, *read_at, turn);
  if (!versions) return std::unexpected(WriteAttempts::Overtaken{});
  if (!*versions) return fail_with(versions->error());
  return written;
}

WriteAttempts::Attempted<std::vector<std::string>> ObjectRemover::remove_all_once(
    const Call& call, const DeleteOptions& options, Turn& turn) const {
  using Warnings = std::vector<std::string>;
  const auto fail_with = [](Failure failure) -> Reply<Warnings> {
    return std::unexpected(std::move(failure));
  };
  const Kind& kind = *call.kind;
  const auto selectors =
      Selectors::parse(kind, call.query.text("labelSelector"), call.query.text("fieldSelector"));
  if (!selectors) return fail_with(selectors.error());
  const auto read_at = attempts_.store().version();
  if (!read_at) return fail_with(of_store(read_at.error()).error());
  Workspace workspace(attempts_.store());
  resources::Members gone;
  for (const auto* object : workspace.all(kind.store_kind)) {
    if (!object->exists() || (!call.ns.empty() && object->key.ns != call.ns)) continue;
    if (!selectors->empty() && !selectors->matches(view(kind, *object->stored, object->document))) continue;
    gone += resources::prepare_removal(workspace, object->key);
  }
  const auto writes = attempts_.derive(call.request.caller, kind, {std::string(kind.store_kind), call.ns, {}},
                                       workspace, now_text());
  if (!writes) return fail_with(writes.error());
  Warnings warnings;
  if (!gone.empty()) warnings.push_back(gone.warning());
  if (options.dry_run || writes->empty()) return Reply<Warnings>(std::move(warnings));
  const auto versions = attempts_.commit(call, "", workspace, *writes, *read_at, turn);
  if (!versions) return std::unexpected(WriteAttempts::Overtaken{});
  if (!*versions) return fail_with(versions->error());
  return Reply<Warnings>(std::move(warnings));
}

}  // namespace doorward::rest
