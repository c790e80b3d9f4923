#include "server/rest/object_writer.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/kinds/object_size.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/kinds/stray_secret.hpp"
#include "server/resources/kinds/uid.hpp"
#include "server/resources/prepare.hpp"
#include "server/rest/edited_object.hpp"
#include "server/rest/object_view.hpp"
#include "server/rest/owner_label.hpp"
#include "server/rest/refused_conflicts.hpp"
#include "store/model/names.hpp"
#include "store/model/wiped_frees.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace doorward::rest {

using nlohmann::json;
using resources::FieldError;
using resources::Kind;
using resources::Workspace;

namespace {

// A secret that came in goes with the attempt, whatever becomes of it.
struct Wiped {
  const Kind& kind;
  json& object;
  ~Wiped() { resources::redact(kind, object); }
};

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
Reply<> check_stored_size(const Kind& kind, std::size_t bytes) {
  const std::size_t most = resources::max_stored_bytes(kind);
  if (bytes <= most) return {};
  return std::unexpected(Failure{413, "RequestEntityTooLarge",
                                 "the object, its status and what managers applied of it would take " +
                                     std::to_string(bytes) + " bytes as JSON: use at most " +
                                     std::to_string(most) + ", with less in it, or with fewer managers"});
}

Reply<> check_stored_size(const Kind& kind, const ObjectKey& key, const std::vector<Write>& writes) {
  for (const Write& write : writes) {
    const auto* put = std::get_if<Put>(&write);
    if (put == nullptr || put->object.key != key) continue;
    if (auto fits = check_stored_size(kind, put->object.document.size()); !fits) return fits;
  }
  return {};
}

json view_of(const Kind& kind, Workspace& workspace, Workspace::Object& object, std::string_view now) {
  StoredObject shown{.key = object.key, .uid = resources::new_uid(), .created_at = std::string(now)};
  if (object.stored)
    shown = {object.key, object.stored->uid, object.stored->version, 1, object.stored->created_at, {}};
  shown.generation = workspace.generation(object);
  return view(kind, shown, object.document);
}

}  // namespace

Reply<Written> ObjectWriter::write(const Call& call, const ObjectKey& key, const WriteOptions& options,
                                   const Edit& edit) {
  Turn* held = nullptr;  // that of the attempt
  resources::DerivedPassword derived(
      [&](const std::function<void()>& work) { return derive_password(call, *held, work); });
  return attempts_.until_not_overtaken<Written>(call, key.name, options.dry_run, [&](Turn& turn) {
    held = &turn;
    return write_once(call, key, options, edit, derived, turn);
  });
}

WriteAttempts::Attempted<Written> ObjectWriter::write_once(const Call& call, const ObjectKey& key,
                                                           const WriteOptions& options, const Edit& edit,
                                                           resources::DerivedPassword& derived, Turn& turn) {
  const auto fail_with = [](Failure failure) -> Reply<Written> {
    return std::unexpected(std::move(failure));
  };
  // Whatever version it was asked in, it is stored in one.
  const Kind& kind = *resources::find_kind(call.kind->store_kind);
  const auto read_at = attempts_.store().version();
  if (!read_at) return fail_with(of_store(read_at.error()).error());
  Workspace workspace(attempts_.store());
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
  if (admit_) {
    // Of a write of the status alone what is stored counts, whatever else the client sent.
    const json& judged = edited->status_only ? current.object : object;
    if (auto admitted = admit_(call, key, current.object, judged); !admitted)
      return fail_with(std::move(admitted.error()));
  }
  if (written.created) {
    if (auto room = quota_.admit(key); !room) return fail_with(std::move(room.error()));
  }

  const std::string now = now_text();
  if (edited->status_only) {
    json document = current.document;
    if (object.contains("status")) document["status"] = object["status"];
    // Here, since a status that is derived takes its place.
    if (auto fits = check_stored_size(kind, resources::to_text(document).size()); !fits)
      return fail_with(std::move(fits.error()));
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
  auto writes = attempts_.derive(call.request.caller, kind, key, workspace, now,
                                 is_applied ? &written.warnings : nullptr);
  if (!writes) return fail_with(std::move(writes.error()));
  if (auto fits = check_stored_size(kind, key, *writes); !fits) return fail_with(std::move(fits.error()));
  if (written.created && key.kind == resources::store_kind::address_spaces) {
    const std::string realm = resources::text_at(target.document, {"status", "realm"});
    if (auto room = quota_.admit_realm(key, realm); !room) return fail_with(std::move(room.error()));
  }
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
  attempts_.take(turn);
  if (written.created) {
    // Once more where nobody else writes: now all are counted whose commits the version has.
    if (auto room = quota_.admit(key); !room) return fail_with(std::move(room.error()));
  }
  auto versions = attempts_.commit(call, key.name, workspace, *writes, *read_at, turn);
  if (!versions) return std::unexpected(WriteAttempts::Overtaken{});
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

bool ObjectWriter::derive_password(const Call& call, Turn& turn, const std::function<void()>& work) {
  // All who write would wait with whoever has it. commit() takes it anew, and sees who wrote meanwhile.
  if (turn.owns_lock()) turn.unlock();
  const auto wiped = [&] {
    const WipedFrees wiping;  // on whatever thread it is
    work();
  };
  if (passwords_) return passwords_(call.ns, call.request.patience, wiped);
  wiped();
  return true;
}

Reply<> ObjectWriter::prepare(const ObjectKey& key, Workspace& workspace, const Kind& kind,
                              const json& object, resources::DerivedPassword& derived) {
  const WipedFrees wiping;
  const auto errors = resources::prepare(workspace, kind, object, attempts_.settings(), derived);
  if (derived.gave_up())
    return unavailable(
        "too many passwords to derive at once, or the service is ending: try again later, and send fewer at "
        "a time");
  if (!errors.empty()) return invalid(kind, key.name, errors);
  return {};
}

// The store refuses it as well, but a dry run does not get that far, and this says which field is at fault.
Reply<> ObjectWriter::check_username(const Kind& kind, Workspace& workspace, Workspace::Object& user) {
  if (kind.store_kind != resources::store_kind::messaging_users) return {};
  const auto& login = workspace.login(user);
  const auto& before = workspace.login_before(user);
  if (!login || (before && before->realm == login->realm && before->username == login->username)) return {};
  // While a user waits for room, or for its space, its login is in another realm than those of the others.
  const ObjectRef space{user.key.ns, std::string(resources::address_space_of(user.key.name))};
  const auto* owner =
      workspace.find({std::string(resources::store_kind::address_spaces), space.ns, space.name});
  const std::string waiting = resources::waiting_realm(space.ns, space.name).text();
  const std::string own =
      owner == nullptr ? waiting : resources::text_at(owner->document, {"status", "realm"});
  const bool is_taken = std::ranges::any_of(std::array{waiting, own}, [&](const std::string& realm) {
    if (before && before->realm.text() == realm && before->username == login->username) return false;
    return attempts_.store().find_user(realm, login->username.text(), Patience::some_seconds).has_value();
  });
  if (!is_taken) return {};
  return refused(
      kind, user.key.name,
      {FieldError::Type::duplicate, "spec.username",
       quoted(login->username.text(), 256) +
           " is the username of another MessagingUser of the same address space: choose another one"});
}

}  // namespace doorward::rest
