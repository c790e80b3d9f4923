#include "store/sqlite/sqlite_writer.hpp"

#include "store/login_codec.hpp"
#include "store/sqlite/sqlite_rows.hpp"
#include "store/sqlite/sqlite_schema.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/rand.h>

namespace doorward {
namespace {

// So many versions at once that other writers wait for some milliseconds at most.
constexpr ResourceVersion versions_compacted_at_once = 1'000;

SqliteConnection open_for_writing(const std::filesystem::path& file, const std::string& vfs,
                                  std::chrono::milliseconds busy_timeout) {
  SqliteConnection connection(file, vfs, busy_timeout);
  prepare_schema(connection);
  return connection;
}

std::unexpected<Error> stale(const ObjectKey& key) {
  return fail(ErrorCode::conflict,
              key.text() + " has been changed meanwhile; read it again and apply your change to that");
}

void add_once(std::vector<std::pair<std::string, std::string>>& logins,
              std::pair<std::string, std::string> login) {
  if (std::ranges::find(logins, login) == logins.end()) logins.push_back(std::move(login));
}

}  // namespace

SqliteWriter::SqliteWriter(const std::filesystem::path& file, const std::string& vfs,
                           std::chrono::milliseconds busy_timeout)
    : connection_(open_for_writing(file, vfs, busy_timeout)),
      last_version_(connection_.prepare("SELECT max(coalesce((SELECT max(version) FROM changes), 0),"
                                        " (SELECT version FROM compacted))")),
      current_(connection_.prepare("SELECT version, type, login_realm, login_username FROM changes"
                                   " WHERE kind = ? AND ns = ? AND name = ? ORDER BY version DESC LIMIT 1")),
      insert_(connection_.prepare(
          "INSERT INTO changes (version, kind, ns, name, type, uid, generation, created_at, login_realm,"
          " login_username, touched, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")),
      insert_deleted_(connection_.prepare("INSERT INTO changes (version, kind, ns, name, type, uid, "
                                          "generation, created_at, touched, document)"
                                          " SELECT ?1, kind, ns, name, 2, uid, generation, created_at, ?2, "
                                          "document FROM changes WHERE version = ?3")),
      change_(connection_.prepare("SELECT " + change_columns + " FROM changes WHERE version = ?")),
      find_login_(
          connection_.prepare("SELECT place, ns, name FROM logins WHERE place BETWEEN ? AND ? AND realm = ?"
                              " AND username = ?")),
      free_place_(connection_.prepare("SELECT max(place) + 1 FROM logins WHERE place BETWEEN ? AND ?")),
      put_login_(connection_.prepare(
          "INSERT OR REPLACE INTO logins (place, realm, username, version, ns, name, record)"
          " VALUES (?, ?, ?, ?, ?, ?, ?)")),
      delete_login_(connection_.prepare("DELETE FROM logins WHERE place BETWEEN ? AND ? AND realm = ?"
                                        " AND username = ?")),
      login_record_(connection_.prepare("SELECT record FROM logins WHERE place BETWEEN ? AND ? AND realm = ?"
                                        " AND username = ?")),
      put_realm_(
          connection_.prepare("INSERT INTO realms (realm, ns, kind, name, service_ns, service_name, host,"
                              " port, logins_per_second) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                              " ON CONFLICT (realm) DO UPDATE SET kind = excluded.kind, name = excluded.name,"
                              " service_ns = excluded.service_ns, service_name = excluded.service_name,"
                              " host = excluded.host, port = excluded.port,"
                              " logins_per_second = excluded.logins_per_second"
                              " WHERE ns = excluded.ns"
                              " AND (name IS NULL OR (kind = excluded.kind AND name = excluded.name))")),
      owner_of_realm_(connection_.prepare("SELECT ns, name FROM realms WHERE realm = ?")),
      release_realm_(connection_.prepare(
          "UPDATE realms SET kind = NULL, name = NULL WHERE ns = ? AND name = ? AND kind = ?")),
      forget_realm_(connection_.prepare("DELETE FROM realms WHERE realm = ? AND name IS NULL")),
      compacted_(connection_.prepare("SELECT version FROM compacted")),
      forget_superseded_(connection_.prepare(
          "DELETE FROM changes WHERE version IN (SELECT old.version FROM changes AS new JOIN changes AS old"
          " ON old.kind = new.kind AND old.ns = new.ns AND old.name = new.name AND old.version < new.version"
          " WHERE new.version > ? AND new.version <= ?)")),
      forget_deleted_(
          connection_.prepare("DELETE FROM changes WHERE version > ? AND version <= ? AND type = 2")),
      set_compacted_(connection_.prepare("UPDATE compacted SET version = ?")),
      put_key_(
          connection_.prepare("INSERT INTO shared_keys (name, key) VALUES (?, ?) ON CONFLICT DO NOTHING")),
      key_(connection_.prepare("SELECT key FROM shared_keys WHERE name = ?")),
      shapes_(connection_) {}

Result<std::vector<Change>> SqliteWriter::commit(std::span<const Write> writes) {
  std::vector<Change> changes;
  changes.reserve(writes.size());
  SqliteTransaction transaction(connection_, SqliteTransaction::Kind::write);
  ResourceVersion version = last_version();
  for (const Write& write : writes) {
    ++version;
    Result<Change> change = std::visit([&](const auto& one) { return apply(one, version); }, write);
    if (!change) return std::unexpected(std::move(change.error()));
    changes.push_back(std::move(*change));
  }
  transaction.commit();
  return changes;
}

Result<Change> SqliteWriter::apply(const Put& put, ResourceVersion version) {
  const ObjectKey& key = put.object.key;
  if (key.kind.empty() || key.name.empty())
    return fail(ErrorCode::invalid, "an object needs a kind and a name");
  const std::optional<Current> before = current(key);
  if (put.expected == 0 && before) return fail(ErrorCode::already_exists, key.text() + " already exists");
  if (put.expected.value_or(0) != 0 && (!before || before->version != *put.expected)) return stale(key);

  Change change{.version = version,
                .type = before ? ChangeType::modified : ChangeType::added,
                .object = put.object,
                .logins = {}};
  change.object.version = version;
  std::optional<LoginName> login = before ? before->login : std::nullopt;
  if (put.login) {
    const std::optional<LoginRecord>& record = *put.login;
    std::optional<LoginName> next;
    if (record) next = LoginName(record->realm.text(), record->username.text());
    if (login) change.logins.push_back(*login);
    if (login && login != next) delete_login(*login);
    if (record) {
      if (Result<> stored = store_login(key, *record, version); !stored)
        return std::unexpected(stored.error());
      add_once(change.logins, *next);
    }
    login = std::move(next);
  }
  if (put.realm) {
    if (Result<> held = hold_realm(key, *put.realm); !held) return std::unexpected(held.error());
  }
  insert_
      .run(version, key.kind, key.ns, key.name, static_cast<std::int64_t>(change.type), put.object.uid,
           put.object.generation, put.object.created_at, login ? std::optional(login->first) : std::nullopt,
           login ? std::optional(login->second) : std::nullopt, touched_text(change.logins),
           put.object.document)
      .finish();
  return change;
}

Result<Change> SqliteWriter::apply(const Delete& removal, ResourceVersion version) {
  const ObjectKey& key = removal.key;
  const std::optional<Current> before = current(key);
  if (!before) return fail(ErrorCode::not_found, key.text() + " does not exist");
  if (removal.expected && before->version != *removal.expected) return stale(key);

  std::vector<LoginName> touched;
  if (before->login) {
    delete_login(*before->login);
    touched.push_back(*before->login);
  }
  release_realm(key);
  const std::string text = touched_text(touched);
  insert_deleted_.run(version, text, before->version).finish();
  SqliteRun row = change_.run(version);
  row.next();
  return change_of(row);
}

std::optional<SqliteWriter::Current> SqliteWriter::current(const ObjectKey& key) {
  SqliteRun row = current_.run(key.kind, key.ns, key.name);
  if (!row.next() || row.integer(1) == static_cast<std::int64_t>(ChangeType::deleted)) return std::nullopt;
  Current last{.version = static_cast<ResourceVersion>(row.integer(0)), .login = {}};
  const auto realm = row.optional_text(2);
  const auto username = row.optional_text(3);
  if (realm && username) last.login = LoginName(*realm, *username);
  return last;
}

ResourceVersion SqliteWriter::last_version() {
  SqliteRun row = last_version_.run();
  row.next();
  return static_cast<ResourceVersion>(row.integer(0));
}

void SqliteWriter::delete_login(const LoginName& login) {
  uncount_shapes(login.first, login.second);
  const std::int64_t first = first_login_place(login.first, login.second);
  delete_login_.run(first, first + login_places - 1, login.first, login.second).finish();
}

void SqliteWriter::uncount_shapes(const std::string& realm, const std::string& username) {
  const std::int64_t first = first_login_place(realm, username);
  SqliteRun row = login_record_.run(first, first + login_places - 1, realm, username);
  if (row.next()) shapes_.remove_record(realm, row.blob(0));
}

Result<> SqliteWriter::store_login(const ObjectKey& owner, const LoginRecord& login,
                                   ResourceVersion version) {
  const Result<std::string> record = encode_login(login.type, login.credentials, login.authorization);
  if (!record) return std::unexpected(record.error());
  const Result<std::int64_t> place = login_place(owner, login.realm.text(), login.username.text());
  if (!place) return std::unexpected(place.error());
  uncount_shapes(login.realm.text(), login.username.text());
  shapes_.add(login.realm.text(), login.credentials);
  put_login_
      .run(*place, login.realm.text(), login.username.text(), version, owner.ns, owner.name,
           SqliteBlob{*record})
      .finish();
  return {};
}

Result<std::int64_t> SqliteWriter::login_place(const ObjectKey& owner, const std::string& realm,
                                               const std::string& username) {
  const std::int64_t first = first_login_place(realm, username);
  const std::int64_t last = first + login_places - 1;
  SqliteRun known = find_login_.run(first, last, realm, username);
  if (known.next()) {
    if (known.text(1) == owner.ns && known.text(2) == owner.name) return known.integer(0);
    return fail(ErrorCode::already_exists, owner.text() + ": username \"" + username + "\" of realm \"" +
                                               realm + "\" belongs to " + std::string(known.text(1)) + "/" +
                                               std::string(known.text(2)) +
                                               "; choose another, or delete that user");
  }
  SqliteRun free = free_place_.run(first, last);
  free.next();
  const std::int64_t place = std::max(first, free.integer(0));
  if (place > last) {
    return fail(ErrorCode::internal,
                owner.text() + ": no place is left for username \"" + username + "\"; choose another");
  }
  return place;
}

Result<> SqliteWriter::hold_realm(const ObjectKey& owner, const RealmService& held) {
  const std::string& realm = held.realm.text();
  release_realm(owner);
  put_realm_
      .run(realm, owner.ns, owner.kind, owner.name, held.service.ns, held.service.name, held.host,
           std::uint64_t{held.port}, held.logins_per_second)
      .finish();
  if (connection_.rows_changed() != 0) return {};
  SqliteRun other = owner_of_realm_.run(realm);
  other.next();
  // Whose namespace it is stays untold to a stranger.
  const std::string whose = other.text(0) == owner.ns
                                ? "belongs to " + owner.ns + "/" + std::string(other.text(1))
                                : "is reserved for another namespace";
  return fail(ErrorCode::already_exists,
              owner.text() + ": realm \"" + realm + "\" " + whose + "; choose another realm");
}

void SqliteWriter::release_realm(const ObjectKey& owner) {
  release_realm_.run(owner.ns, owner.name, owner.kind).finish();
}

Result<> SqliteWriter::release_realm(const Realm& realm) {
  SqliteTransaction transaction(connection_, SqliteTransaction::Kind::write);
  forget_realm_.run(realm.text()).finish();
  if (connection_.rows_changed() == 0) {
    SqliteRun owner = owner_of_realm_.run(realm.text());
    if (!owner.next())
      return fail(ErrorCode::not_found, "realm \"" + realm.text() + "\" is not reserved for anybody");
    return fail(ErrorCode::conflict, "realm \"" + realm.text() + "\" belongs to " +
                                         std::string(owner.text(0)) + "/" + std::string(owner.text(1)) +
                                         "; delete it or give it another realm first");
  }
  transaction.commit();
  return {};
}

bool SqliteWriter::compact_some(ResourceVersion version) {
  SqliteTransaction transaction(connection_, SqliteTransaction::Kind::write);
  ResourceVersion from = 0;
  {
    SqliteRun row = compacted_.run();
    row.next();
    from = static_cast<ResourceVersion>(row.integer(0));
  }
  const ResourceVersion end = std::min(version, last_version());
  if (from >= end) return false;
  const ResourceVersion to = std::min(end, from + versions_compacted_at_once);
  forget_superseded_.run(from, to).finish();
  forget_deleted_.run(from, to).finish();
  set_compacted_.run(to).finish();
  transaction.commit();
  return to < end;
}

Result<Secret> SqliteWriter::shared_key(std::string_view name) {
  std::array<unsigned char, 32> fresh{};
  if (RAND_bytes(fresh.data(), fresh.size()) != 1) {
    return fail(ErrorCode::internal, "the system has no random bytes to give; check /dev/urandom");
  }
  const Secret candidate(std::string_view(reinterpret_cast<const char*>(fresh.data()), fresh.size()));
  SqliteTransaction transaction(connection_, SqliteTransaction::Kind::write);
  put_key_.run(name, SqliteBlob{candidate.reveal()}).finish();
  std::optional<Secret> key;
  {
    SqliteRun row = key_.run(name);
    row.next();
    key.emplace(row.blob(0));
  }
  transaction.commit();
  return std::move(*key);
}

}  // namespace doorward
