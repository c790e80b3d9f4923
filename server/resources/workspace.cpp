#include "server/resources/workspace.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/address_space.hpp"
#include "server/resources/kinds/uid.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

constexpr std::size_t page = 1'000;

std::pair<std::string, std::string> login_name(const LoginRecord& login) {
  return {login.realm.text(), login.username.text()};
}

// What a client says the object shall be: all of it but metadata and status.
bool same_but_for_metadata_and_status(const json& a, const json& b) {
  const auto each_is_in = [](const json& whole, const json& other) {
    for (const auto& [name, value] : whole.items()) {
      if (name == "metadata" || name == "status") continue;
      const auto found = other.find(name);
      if (found == other.end() || *found != value) return false;
    }
    return true;
  };
  return a.is_object() && b.is_object() && each_is_in(a, b) && each_is_in(b, a);
}

}  // namespace

Workspace::Object& Workspace::adopt(StoredObject&& stored) {
  Object& object = objects_[stored.key];
  if (object.kind != nullptr) return object;  // read or put before
  object.key = stored.key;
  object.kind = find_kind(stored.key.kind);
  object.before = json::parse(stored.document, nullptr, false);
  if (object.kind == nullptr || !object.before.is_object())
    error_ = Error{ErrorCode::internal, "the store's document of " + stored.key.text() + " cannot be read"};
  object.document = object.before;
  object.stored = std::move(stored);
  return object;
}

Workspace::Object& Workspace::slot(const ObjectKey& key) {
  if (const auto it = objects_.find(key); it != objects_.end()) return it->second;
  if (!error_ && !whole_kinds_.contains(key.kind)) {
    auto stored = store_.get(key);
    if (stored) return adopt(std::move(*stored));
    if (stored.error().code != ErrorCode::not_found) error_ = std::move(stored.error());
  }
  Object& object = objects_[key];
  object.key = key;
  object.kind = find_kind(key.kind);
  return object;
}

// Reads the range up to the first name without the prefix. Documents without the text are passed over.
void Workspace::read(ListRange range, std::string_view containing, std::string_view name_prefix) {
  range.limit = page;
  for (bool more = true; more && !error_;) {
    auto list = store_.list(range);
    if (!list) {
      error_ = std::move(list.error());
      return;
    }
    more = list->more && !list->objects.empty();
    if (more) range.after = {list->objects.back().key.ns, list->objects.back().key.name};
    for (auto& stored : list->objects) {
      if (!stored.key.name.starts_with(name_prefix)) return;
      if (stored.document.find(containing) != std::string::npos) adopt(std::move(stored));
    }
  }
}

template <class Wanted>
std::vector<Workspace::Object*> Workspace::select(std::string_view store_kind, Wanted wanted) {
  std::vector<Object*> found;
  for (auto it = objects_.lower_bound(ObjectKey{std::string(store_kind), {}, {}});
       it != objects_.end() && it->first.kind == store_kind; ++it) {
    if (wanted(it->second)) found.push_back(&it->second);
  }
  return found;
}

Workspace::Object* Workspace::find(const ObjectKey& key) {
  Object& object = slot(key);
  return object.exists() ? &object : nullptr;
}

std::vector<Workspace::Object*> Workspace::all(std::string_view store_kind) {
  if (!whole_kinds_.contains(store_kind)) {
    read({.kind = std::string(store_kind)}, "", "");
    whole_kinds_.emplace(store_kind);
  }
  return select(store_kind, [](const Object& object) { return object.exists(); });
}

std::vector<Workspace::Object*> Workspace::all_containing(std::string_view store_kind,
                                                          std::string_view text) {
  if (!whole_kinds_.contains(store_kind)) read({.kind = std::string(store_kind)}, text, "");
  return select(store_kind, [](const Object& object) { return object.exists(); });
}

std::vector<Workspace::Object*> Workspace::members_of(std::string_view store_kind,
                                                      const ObjectRef& address_space) {
  const ObjectKey first{std::string(store_kind), address_space.ns, address_space.name + "."};
  if (!whole_kinds_.contains(store_kind) && whole_spaces_.insert(first).second)
    read({.kind = first.kind, .ns = first.ns, .after = {{first.ns, first.name}}}, "", first.name);
  return beginning_so(first);
}

std::vector<Workspace::Object*> Workspace::members_containing(std::string_view store_kind,
                                                              const ObjectRef& address_space,
                                                              std::string_view text) {
  const ObjectKey first{std::string(store_kind), address_space.ns, address_space.name + "."};
  if (!whole_kinds_.contains(store_kind) && !whole_spaces_.contains(first))
    read({.kind = first.kind, .ns = first.ns, .after = {{first.ns, first.name}}}, text, first.name);
  return beginning_so(first);
}

// What is here of this kind and namespace, and has a name that begins so.
std::vector<Workspace::Object*> Workspace::beginning_so(const ObjectKey& first) {
  std::vector<Object*> found;
  for (auto it = objects_.lower_bound(first);
       it != objects_.end() && it->first.kind == first.kind && it->first.ns == first.ns &&
       it->first.name.starts_with(first.name);
       ++it) {
    if (it->second.exists()) found.push_back(&it->second);
  }
  return found;
}

std::vector<Workspace::Object*> Workspace::touched(std::string_view store_kind) {
  return select(store_kind, [](const Object& object) { return object.touched; });
}

std::vector<Workspace::Object*> Workspace::changed(std::string_view store_kind) {
  return select(store_kind, [](const Object& object) { return object.document != object.before; });
}

Workspace::Object& Workspace::put(const Kind& kind, const ObjectKey& key, json document) {
  Object& object = slot(key);
  object.kind = &kind;
  object.document = std::move(document);
  object.touched = true;
  return object;
}

void Workspace::remove(const ObjectKey& key) {
  Object& object = slot(key);
  object.document = nullptr;
  object.touched = true;
}

std::optional<LoginRecord>& Workspace::login(Object& user) {
  if (!std::exchange(user.login_read, true) && user.stored && !error_) {
    auto record = store_.login_record(user.key);
    if (record) {
      user.login_before = user.login = std::move(*record);
    } else if (record.error().code != ErrorCode::not_found) {
      error_ = std::move(record.error());
    }
  }
  return user.login;
}

const std::optional<LoginRecord>& Workspace::login_before(Object& user) {
  login(user);
  return user.login_before;
}

std::uint64_t Workspace::generation(Object& object) {
  if (!object.stored) return 1;
  const bool same_spec = same_but_for_metadata_and_status(object.document, object.before);
  const bool same_secrets = !object.login_read || !object.login_before ||
                            (object.login && object.login->credentials == object.login_before->credentials);
  return object.stored->generation + (same_spec && same_secrets ? 0 : 1);
}

bool Workspace::login_moves(const Object& object) const {
  return object.login_before &&
         (!object.login || login_name(*object.login) != login_name(*object.login_before));
}

Put Workspace::put_of(Object& object, std::string_view now) {
  Put put{.object = {.key = object.key,
                     .uid = object.stored ? object.stored->uid : new_uid(),
                     .generation = generation(object),
                     .created_at = object.stored ? object.stored->created_at : std::string(now),
                     .document = to_text(object.document)},
          .expected = object.stored ? object.stored->version : 0};
  if (object.login != object.login_before) put.login.emplace(object.login);
  if (object.key.kind != store_kind::address_spaces) return put;
  const ObjectRef ref{object.key.ns, object.key.name};
  auto realm = realm_service_of(object.document, ref);
  const auto before = realm_service_of(object.before, ref);
  if (realm && (!before || *realm != *before)) put.realm = std::move(*realm);
  return put;
}

Result<std::vector<Write>> Workspace::writes(std::string_view now) {
  if (error_) return std::unexpected(*error_);
  std::vector<Write> deletions, releases, puts;
  std::map<std::pair<std::string, std::string>, Object*> left;  // login names whose user takes another one
  for (auto& [key, object] : objects_) {
    if (object.exists() && login_moves(object)) left.emplace(login_name(*object.login_before), &object);
  }
  std::set<const Object*> released;
  for (auto& [key, object] : objects_) {
    if (!object.exists()) {
      if (object.stored) deletions.push_back(Delete{key, object.stored->version});
      continue;
    }
    if (object.document == object.before && object.login == object.login_before) continue;
    Put put = put_of(object, now);
    if (put.realm && object.stored &&
        put.realm->realm.text() != text_at(object.before, {"status", "realm"})) {
      // First, since another address space may take the realm that this one leaves.
      releases.push_back(std::move(put));
      continue;
    }
    puts.push_back(std::move(put));
    if (!object.login) continue;
    // Users that swap names: whoever has the name has to let go of it first.
    const auto holder = left.find(login_name(*object.login));
    if (holder == left.end() || holder->second == &object || !released.insert(holder->second).second)
      continue;
    const StoredObject& stored = *holder->second->stored;
    releases.push_back(
        Put{.object = stored, .expected = stored.version, .login = std::optional<LoginRecord>{}});
  }
  for (auto& write : puts) {
    auto& put = std::get<Put>(write);
    if (released.contains(&objects_.at(put.object.key))) put.expected.reset();
  }
  std::ranges::move(releases, std::back_inserter(deletions));
  std::ranges::move(puts, std::back_inserter(deletions));
  return deletions;
}

}  // namespace doorward::resources
