#include "server/rest/object_writer.hpp"

#include "server/resources/apply.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/object_size.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/kinds/stray_secret.hpp"
#include "server/resources/kinds/uid.hpp"
#include "server/resources/prepare.hpp"
#include "server/rest/edited_object.hpp"
#include "server/rest/large_bodies.hpp"
#include "server/rest/object_view.hpp"
#include "server/rest/owner_label.hpp"
#include "server/rest/refused_conflicts.hpp"
#include "server/rest/wire/selectors.hpp"
#include "store/model/names.hpp"
#include "store/model/wiped_frees.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace doorward::rest {

using nlohmann::json;
using resources::FieldError;
using resources::Kind;
using resources::Workspace;

namespace {

// Who has the turn from the beginning is overtaken by another process alone; but where the user's secrets
// have changed since its password was derived, it gives the turn back to derive it anew.
constexpr int max_attempts = 5;

std::string now_text() {
  return resources::rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

// A secret that came in goes with the attempt, whatever becomes of it.
struct Wiped {
  const Kind& kind;
  json& object;
  ~Wiped() { resources::redact(kind, object); }
};

void warn_of_owner(const json& document, std::vector<std::string>& warnings) {
  const std::string owner = resources::text_at(document, {"metadata", "labels", resources::owner_label});
  if (owner.empty()) return;
  warnings.push_back("this object is applied from a directory of resources (" +
                     std::string(resources::owner_label) + "=" + owner +
                     "), which undoes this change when it is applied again: change it there");
}

// Whoever writes the same again has been told.
void warn_of_meaning(Workspace& workspace, Workspace::Object& object, std::vector<std::string>& warnings) {
  if (object.kind->store_kind == resources::store_kind::messaging_users && workspace.login(object))
    std::ranges::move(resources::messaging_user_warnings(*workspace.login(object)),
                      std::back_inserter(warnings));
  if (object.kind->warnings != nullptr)
    std::ranges::move(object.kind->warnings(object.document), std::back_inserter(warnings));
}

// prepare() has bounded what a client says the object shall be; this is with its status and with what
// managers applied.
Reply<> check_stored_size(const Kind& kind, const json& document) {
  const std::size_t bytes = resources::to_text(document).size(), most = resources::max_stored_bytes(kind);
  if (bytes <= most) return {};
  return std::unexpected(Failure{413, "RequestEntityTooLarge",
                                 "the object, its status and what managers applied of it would take " +
                                     std::to_string(bytes) + " bytes as JSON: use at most " +
                                     std::to_string(most) + ", with less in it, or with fewer managers"});
}

json view_of(const Kind& kind, Workspace& workspace, Workspace::Object& object, std::string_view now) {
  StoredObject shown{.key = object.key, .uid = resources::new_uid(), .created_at = std::string(now)};
  if (object.stored)
    shown = {object.key, object.stored->uid, object.stored->version, 1, object.stored->created_at, {}};
  shown.generation = workspace.generation(object);
  return view(kind, shown, object.document);
}

}  // namespace

template <class T>
Reply<T> ObjectWriter::until_not_overtaken(const Call& call, std::string_view name, bool dry_run,
                                           const std::function<Attempted<T>(Turn&)>& attempt) {
  for (int i = 0; i < max_attempts; ++i) {
    // What is prepared without the turn is nearly always done anew where several write; only what is large
    // takes so long that others had better write meanwhile.
    const bool without = dry_run || (i == 0 && call.request.body.size() >= LargeBodies::large);
    Turn turn = without ? Turn() : parts_.turns.take();
    if (auto outcome = attempt(turn)) return std::move(*outcome);
  }
  return stale(*call.kind, name);
}

Reply<Written> ObjectWriter::write(const Call& call, const ObjectKey& key, const WriteOptions& options,
                                   const Edit& edit) {
  Turn* held = nullptr;  // that of the attempt
  resources::DerivedPassword derived(
      [&](const std::function<void()>& work) { return derive_password(call, *held, work); });
  return until_not_overtaken<Written>(call, key.name, options.dry_run, [&](Turn& turn) {
    held = &turn;
    return write_once(call, key, options, edit, derived, turn);
  });
}

Reply<Written> ObjectWriter::remove(const Call& call, const DeleteOptions& options) {
  return until_not_overtaken<Written>(call, call.name, options.dry_run,
                                      [&](Turn& turn) { return remove_once(call, options, turn); });
}

Reply<std::vector<std::string>> ObjectWriter::remove_all(const Call& call, const DeleteOptions& options) {
  return until_not_overtaken<std::vector<std::string>>(
      call, "", options.dry_run, [&](Turn& turn) { return remove_all_once(call, options, turn); });
}

ObjectWriter::Attempted<Written> ObjectWriter::write_once(const Call& call, const ObjectKey& key,
                                                          const WriteOptions& options, const Edit& edit,
                                                          resources::DerivedPassword& derived, Turn& turn) {
  const auto fail_with = [](Failure failure) -> Reply<Written> {
    return std::unexpected(std::move(failure));
  };
  // Whatever version it was asked in, it is stored in one.
  const Kind& kind = *resources::find_kind(call.kind->store_kind);
  const auto read_at = parts_.store.version();
  if (!read_at) return fail_with(of_store(read_at.error()).error());
  Workspace workspace(parts_.store);
  Current current;
  if (const auto* there = workspace.find(key)) {
    current.document = there->document;
    current.object = view(kind, *there->stored, there->document);
  }
  if (workspace.error()) return fail_with(of_store(*workspace.error()).error());

  Written written{.object = nullptr, .created = !current.exists(), .warnings = {}};
  auto edited = edit(current);
  if (!edited) return fail_with(std::move(edited.error()));
  json& object = edited->object;
  const Wiped wiped{kind, object};
  resources::drop_nulls(object);
  // Before anything quotes a field of it.
  if (auto stray = resources::stray_secret(kind, object))
    return fail_with(invalid(kind, key.name, {std::move(*stray)}).error());
  if (auto checked = check_identity(kind, key, object, current); !checked)
    return fail_with(std::move(checked.error()));
  auto warnings = validate_fields(kind, object, edited->duplicates, options.fields);
  if (!warnings) return fail_with(std::move(warnings.error()));
  written.warnings = std::move(*warnings);
  if (!edited->status_only) object.erase("status");  // what is derived here, whatever a client sends
  if (const auto errors = resources::validate(kind, object); !errors.empty())
    return fail_with(invalid(kind, key.name, errors).error());
  keep_owner(object, current.document);
  if (parts_.admit) {
    if (auto admitted = parts_.admit(call, key, current.object, object); !admitted)
      return fail_with(std::move(admitted.error()));
  }

  const std::string now = now_text();
  if (edited->status_only) {
    json document = current.document;
    if (object.contains("status")) document["status"] = object["status"];
    workspace.put(kind, key, std::move(document));
  } else if (auto prepared = prepare(key, workspace, kind, object, derived); !prepared) {
    return fail_with(std::move(prepared.error()));
  }
  Workspace::Object& target = *workspace.find(key);
  const json* kept = resources::find_at(current.document, {"metadata", applied_field});
  const bool is_applied = edited->applied.has_value();
  if (is_applied) {
    if (!edited->applied->empty()) target.document["metadata"][applied_field] = std::move(*edited->applied);
  } else if (kept != nullptr) {
    target.document["metadata"][applied_field] = *kept;
  }
  if (auto fits = check_stored_size(kind, target.document); !fits) return fail_with(std::move(fits.error()));
  auto writes = derive(call, kind, key, workspace, now, is_applied ? &written.warnings : nullptr);
  if (!writes) return fail_with(std::move(writes.error()));
  if (auto checked = check_username(kind, workspace, target); !checked)
    return fail_with(std::move(checked.error()));

  warn_of_owner(current.document, written.warnings);
  if (writes->empty()) {
    written.object = std::move(current.object);
    return written;
  }
  warn_of_meaning(workspace, target, written.warnings);
  if (options.dry_run) {
    written.object = view_of(kind, workspace, target, now);
    return written;
  }
  auto versions = commit(call, key.name, workspace, *writes, *read_at, turn);
  if (!versions) return std::unexpected(Overtaken{});
  if (!*versions) return fail_with(std::move(versions->error()));
  written.object = std::move(current.object);
  for (std::size_t i = 0; i < writes->size(); ++i) {
    auto* put = std::get_if<Put>(&(*writes)[i]);
    if (put == nullptr || put->object.key != key) continue;
    put->object.version = (**versions)[i];
    written.object = view(kind, put->object);
  }
  return written;
}

bool ObjectWriter::may_get(const Call& call, const ObjectKey& key) const {
  const Kind* kind = resources::find_kind(key.kind);
  if (kind == nullptr) return false;
  return parts_.authorizer
      .decide(
          call.request.caller,
          {.verb = "get", .group = kind->group, .resource = kind->plural(), .ns = key.ns, .name = key.name})
      .allowed;
}

bool ObjectWriter::derive_password(const Call& call, Turn& turn, const std::function<void()>& work) {
  // All who write would wait with whoever has it. commit() takes it anew, and sees who wrote meanwhile.
  if (turn.owns_lock()) turn.unlock();
  const auto wiped = [&] {
    const WipedFrees wiping;  // on whatever thread it is
    work();
  };
  if (parts_.passwords) return parts_.passwords(call.ns, call.request.patience, wiped);
  wiped();
  return true;
}

Reply<> ObjectWriter::prepare(const ObjectKey& key, Workspace& workspace, const Kind& kind,
                              const json& object, resources::DerivedPassword& derived) {
  const WipedFrees wiping;
  const auto errors = resources::prepare(workspace, kind, object, parts_.settings, derived);
  if (derived.gave_up())
    return unavailable(
        "too many passwords to derive at once, or the service is ending: try again later, and send fewer at "
        "a time");
  if (!errors.empty()) return invalid(kind, key.name, errors);
  return {};
}

Reply<std::vector<Write>> ObjectWriter::derive(const Call& call, const Kind& kind, const ObjectKey& key,
                                               Workspace& workspace, std::string_view now,
                                               std::vector<std::string>* waits) {
  auto conflicts = resources::reconcile(workspace, parts_.settings, now);
  if (waits != nullptr) {
    std::erase_if(conflicts, [&](const resources::Conflict& one) {
      if (one.waits) waits->push_back("the user is Pending: " + one.error.message);
      return one.waits;
    });
  }
  if (!conflicts.empty())
    return refused(kind, key, conflicts, [&](const ObjectKey& other) { return may_get(call, other); });
  auto writes = workspace.writes(now);
  if (!writes) return of_store(writes.error());
  return std::move(*writes);
}

ObjectWriter::Attempted<std::vector<ResourceVersion>> ObjectWriter::commit(
    const Call& call, std::string_view name, Workspace& workspace, const std::vector<Write>& writes,
    ResourceVersion read_at, Turn& turn) {
  using Versions = std::vector<ResourceVersion>;
  if (!turn.owns_lock()) turn = parts_.turns.take();
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

// The store refuses it as well, but a dry run does not get that far, and this says which field is at fault.
Reply<> ObjectWriter::check_username(const Kind& kind, Workspace& workspace, Workspace::Object& user) {
  if (kind.store_kind != resources::store_kind::messaging_users) return {};
  const auto& login = workspace.login(user);
  const auto& before = workspace.login_before(user);
  if (!login || (before && before->realm == login->realm && before->username == login->username)) return {};
  const auto holder =
      parts_.store.find_user(login->realm.text(), login->username.text(), Patience::some_seconds);
  if (!holder) return {};
  return refused(
      kind, user.key.name,
      {FieldError::Type::duplicate, "spec.username",
       quoted(login->username.text(), 256) +
           " is the username of another MessagingUser of the same address space: choose another one"});
}

ObjectWriter::Attempted<Written> ObjectWriter::remove_once(const Call& call, const DeleteOptions& options,
                                                           Turn& turn) {
  const auto fail_with = [](Failure failure) -> Reply<Written> {
    return std::unexpected(std::move(failure));
  };
  const Kind& kind = *call.kind;
  const ObjectKey key = call.key();
  const auto read_at = parts_.store.version();
  if (!read_at) return fail_with(of_store(read_at.error()).error());
  Workspace workspace(parts_.store);
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
  const auto writes = derive(call, kind, key, workspace, now_text());
  if (!writes) return fail_with(writes.error());
  if (options.dry_run) return written;
  const auto versions = commit(call, key.name, workspace, *writes, *read_at, turn);
  if (!versions) return std::unexpected(Overtaken{});
  if (!*versions) return fail_with(versions->error());
  return written;
}

ObjectWriter::Attempted<std::vector<std::string>> ObjectWriter::remove_all_once(const Call& call,
                                                                                const DeleteOptions& options,
                                                                                Turn& turn) {
  using Warnings = std::vector<std::string>;
  const auto fail_with = [](Failure failure) -> Reply<Warnings> {
    return std::unexpected(std::move(failure));
  };
  const Kind& kind = *call.kind;
  const auto selectors =
      Selectors::parse(kind, call.query.text("labelSelector"), call.query.text("fieldSelector"));
  if (!selectors) return fail_with(selectors.error());
  const auto read_at = parts_.store.version();
  if (!read_at) return fail_with(of_store(read_at.error()).error());
  Workspace workspace(parts_.store);
  resources::Members gone;
  for (const auto* object : workspace.all(kind.store_kind)) {
    if (!object->exists() || (!call.ns.empty() && object->key.ns != call.ns)) continue;
    if (!selectors->empty() && !selectors->matches(view(kind, *object->stored, object->document))) continue;
    gone += resources::prepare_removal(workspace, object->key);
  }
  const auto writes = derive(call, kind, {std::string(kind.store_kind), call.ns, {}}, workspace, now_text());
  if (!writes) return fail_with(writes.error());
  Warnings warnings;
  if (!gone.empty()) warnings.push_back(gone.warning());
  if (options.dry_run || writes->empty()) return Reply<Warnings>(std::move(warnings));
  const auto versions = commit(call, "", workspace, *writes, *read_at, turn);
  if (!versions) return std::unexpected(Overtaken{});
  if (!*versions) return fail_with(versions->error());
  return Reply<Warnings>(std::move(warnings));
}

}  // namespace doorward::rest
