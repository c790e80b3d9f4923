#include "store/sqlite/sqlite_reader.hpp"

#include "store/login_codec.hpp"
#include "store/model/thread_number.hpp"
#include "store/sqlite/sqlite_rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace doorward {
namespace {

// The last row of each object as of version ?2, in the order of the index.
std::string list_statement(std::string_view condition) {
  return "SELECT " + change_columns +
         " FROM changes AS c WHERE kind = ?1 AND version <= ?2 AND type <> 2 AND " + std::string(condition) +
         " AND NOT EXISTS (SELECT 1 FROM changes AS later WHERE later.kind = c.kind AND later.ns = c.ns"
         " AND later.name = c.name AND later.version > c.version AND later.version <= ?2)"
         " ORDER BY ns, name LIMIT ?3";
}

// One more than asked for tells whether there is more.
std::int64_t limit_plus_one(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max())) +
         1;
}

// Who asks for everything gets it, since he would not ask again for the rest.
std::size_t piece_bytes_with(std::size_t limit) {
  return limit == SIZE_MAX ? SIZE_MAX : SqliteReader::piece_bytes;
}

std::unexpected<Error> compacted_away(ResourceVersion version) {
  return fail(ErrorCode::expired, "the history at version " + std::to_string(version) +
                                      " is no longer kept; list again and continue from there");
}

// The object after its last change.
Result<StoredObject> object_unless_deleted(SqliteRun row, const ObjectKey& key) {
  if (row.next()) {
    Change last = change_of(row);
    if (last.type != ChangeType::deleted) return std::move(last.object);
  }
  return fail(ErrorCode::not_found, key.text() + " does not exist");
}

// As an unknown user, whether the realm exists or not.
std::unexpected<Error> no_such_user() { return fail(ErrorCode::not_found, "there is no such user"); }

}  // namespace

SqliteReader::SqliteReader(const std::filesystem::path& file, const std::string& vfs,
                           std::chrono::milliseconds patience, std::size_t cache_kib)
    : connection_(file, vfs, patience),
      get_(connection_.prepare(
          "SELECT " + change_columns +
          " FROM changes WHERE kind = ? AND ns = ? AND name = ? ORDER BY version DESC LIMIT 1")),
      get_at_(connection_.prepare("SELECT " + change_columns +
                                  " FROM changes WHERE kind = ? AND ns = ? AND name = ? AND version <= ?"
                                  " ORDER BY version DESC LIMIT 1")),
      list_all_(connection_.prepare(list_statement("(ns, name) > (?4, ?5)"))),
      list_namespace_(connection_.prepare(list_statement("ns = ?4 AND name > ?5"))),
      phases_(connection_.prepare(
          "SELECT coalesce(CASE WHEN json_valid(document) THEN json_extract(document, '$.status.phase') END, "
          "'')"
          " AS phase, count(*) FROM changes AS c WHERE kind = ?1 AND type <> 2 AND NOT EXISTS"
          " (SELECT 1 FROM changes AS later WHERE later.kind = c.kind AND later.ns = c.ns"
          " AND later.name = c.name AND later.version > c.version) GROUP BY phase")),
      version_(connection_.prepare("SELECT max(coalesce((SELECT max(version) FROM changes), 0),"
                                   " (SELECT version FROM compacted))")),
      compacted_(connection_.prepare("SELECT version FROM compacted")),
      changes_(connection_.prepare("SELECT " + change_columns +
                                   " FROM changes WHERE version > ? ORDER BY version LIMIT ?")),
      find_login_(
          connection_.prepare("SELECT version, record FROM logins WHERE place BETWEEN ? AND ? AND realm = ?"
                              " AND username = ?")),
      shapes_(connection_.prepare(
          "SELECT salt_bytes, iterations, credentials, password_hash FROM shapes WHERE realm = ?"
          " ORDER BY credentials DESC, salt_bytes, iterations, password_hash LIMIT ?")),
      login_of_object_(
          connection_.prepare("SELECT login_realm, login_username FROM changes WHERE kind = ? AND ns = ?"
                              " AND name = ? ORDER BY version DESC LIMIT 1")),
      owned_realms_(connection_.prepare("SELECT realm, ns, name, service_ns, service_name, host, port,"
                                        " logins_per_second FROM realms WHERE name IS NOT NULL"
                                        " ORDER BY realm")),
      realms_(connection_.prepare("SELECT realm, ns, name FROM realms ORDER BY realm")),
      shared_key_(connection_.prepare("SELECT key FROM shared_keys WHERE name = ?")) {
  connection_.execute("PRAGMA query_only = ON; PRAGMA cache_size = -" + std::to_string(cache_kib));
}

Result<StoredObject> SqliteReader::get(const ObjectKey& key) {
  return object_unless_deleted(get_.run(key.kind, key.ns, key.name), key);
}

Result<StoredObject> SqliteReader::get_at(const ObjectKey& key, ResourceVersion version) {
  const SqliteTransaction snapshot(connection_, SqliteTransaction::Kind::read);
  if (version < compacted()) return compacted_away(version);
  return object_unless_deleted(get_at_.run(key.kind, key.ns, key.name, version), key);
}

Result<ObjectList> SqliteReader::list(const ListRange& range) {
  const SqliteTransaction snapshot(connection_, SqliteTransaction::Kind::read);
  const ResourceVersion latest = version();
  ObjectList list{.objects = {}, .version = range.at.value_or(latest)};
  if (list.version > latest) {
    return fail(ErrorCode::invalid, "version " + std::to_string(list.version) +
                                        " is in the future: the last is " + std::to_string(latest) +
                                        "; list again from the beginning");
  }
  if (list.version < compacted()) return compacted_away(list.version);

  const std::int64_t limit = limit_plus_one(range.limit);
  const auto [after_ns, after_name] = range.after.value_or(std::pair<std::string, std::string>());
  const std::string after_in_namespace = !range.ns || after_ns < *range.ns ? "" : after_name;
  if (range.ns && after_ns > *range.ns) return list;
  SqliteRun rows = range.ns
                       ? list_namespace_.run(range.kind, list.version, limit, *range.ns, after_in_namespace)
                       : list_all_.run(range.kind, list.version, limit, after_ns, after_name);
  const std::size_t most_bytes = piece_bytes_with(range.limit);
  std::size_t bytes = 0;
  while (!list.more && rows.next()) {
    list.more = list.objects.size() == range.limit || bytes >= most_bytes;
    if (list.more) break;
    list.objects.push_back(object_of(rows));
    bytes += list.objects.back().document.size();
  }
  return list;
}

Result<std::map<std::string, std::uint64_t>> SqliteReader::phases(std::string_view kind) {
  std::map<std::string, std::uint64_t> phases;
  SqliteRun rows = phases_.run(kind);
  while (rows.next()) {
    phases.emplace(rows.text(0), static_cast<std::uint64_t>(rows.integer(1)));
  }
  return phases;
}

ResourceVersion SqliteReader::version() {
  SqliteRun row = version_.run();
  row.next();
  return static_cast<ResourceVersion>(row.integer(0));
}

ResourceVersion SqliteReader::compacted() {
  SqliteRun row = compacted_.run();
  row.next();
  return static_cast<ResourceVersion>(row.integer(0));
}

Result<std::vector<Change>> SqliteReader::changes_after(ResourceVersion version, std::size_t limit) {
  const SqliteTransaction snapshot(connection_, SqliteTransaction::Kind::read);
  if (version < compacted()) return compacted_away(version);
  std::vector<Change> changes;
  SqliteRun rows = changes_.run(version, limit_plus_one(limit) - 1);
  const std::size_t most_bytes = piece_bytes_with(limit);
  for (std::size_t bytes = 0; bytes < most_bytes && rows.next();) {
    changes.push_back(change_of(rows));
    bytes += changes.back().object.document.size();
  }
  return changes;
}

Result<UserSnapshot> SqliteReader::find_user(std::string_view realm, std::string_view username) {
  // What cannot be a name is not looked for: a peer may send kilobytes.
  if (realm.size() > Realm::max_bytes || username.size() > Username::max_bytes) return no_such_user();
  auto found = find_login(realm, username);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return no_such_user();
  LoginRecord& record = (*found)->record;
  return std::make_shared<const UserRecord>(UserRecord{.realm = std::move(record.realm),
                                                       .username = std::move(record.username),
                                                       .version = (*found)->version,
                                                       .type = record.type,
                                                       .credentials = std::move(record.credentials),
                                                       .authorization = std::move(record.authorization)});
}

std::vector<CredentialShape> SqliteReader::credential_shapes(std::string_view realm) {
  std::vector<CredentialShape> shapes;
  SqliteRun row = shapes_.run(realm, std::uint64_t{Store::max_shapes});
  while (row.next()) {
    shapes.push_back({.salt_bytes = static_cast<std::size_t>(row.integer(0)),
                      .iterations = static_cast<std::uint32_t>(row.integer(1)),
                      .weight = static_cast<std::uint64_t>(row.integer(2)),
                      .password_hash = scram_hash_of(row.text(3)).value_or(ScramHash::sha256)});
  }
  return shapes;
}

Result<LoginRecord> SqliteReader::login_record(const ObjectKey& key) {
  const SqliteTransaction snapshot(connection_, SqliteTransaction::Kind::read);
  SqliteRun row = login_of_object_.run(key.kind, key.ns, key.name);
  const auto none = fail(ErrorCode::not_found, key.text() + " has no login record");
  if (!row.next() || !row.optional_text(0)) return none;
  auto found = find_login(row.text(0), row.text(1));
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return none;
  return std::move((*found)->record);
}

Result<std::optional<SqliteReader::FoundLogin>> SqliteReader::find_login(std::string_view realm,
                                                                         std::string_view username) {
  const std::int64_t place = first_login_place(realm, username);
  SqliteRun row = find_login_.run(place, place + login_places - 1, realm, username);
  if (!row.next()) return std::nullopt;
  auto known_realm = Realm::parse(realm);
  auto known_username = Username::parse(username);
  if (!known_realm || !known_username)
    return fail(ErrorCode::internal, "a login record in the store has a bad name");
  auto content = decode_login(row.blob(1));
  if (!content) return std::unexpected(std::move(content.error()));
  return FoundLogin{.version = static_cast<ResourceVersion>(row.integer(0)),
                    .record = {.realm = std::move(*known_realm),
                               .username = std::move(*known_username),
                               .type = content->type,
                               .credentials = std::move(content->credentials),
                               .authorization = std::move(content->authorization)}};
}

OwnedRealms SqliteReader::owned_realms() {
  const SqliteTransaction snapshot(connection_, SqliteTransaction::Kind::read);
  OwnedRealms owned{.realms = {}, .version = version()};
  const auto ref = [](const SqliteRun& row, int column) {
    return ObjectRef{std::string(row.text(column)), std::string(row.text(column + 1))};
  };
  SqliteRun row = owned_realms_.run();
  while (row.next()) {
    auto realm = Realm::parse(row.text(0));
    if (!realm) continue;
    owned.realms.push_back({.realm = std::move(*realm),
                            .address_space = ref(row, 1),
                            .service = ref(row, 3),
                            .host = std::string(row.text(5)),
                            .port = static_cast<std::uint16_t>(row.integer(6)),
                            .logins_per_second = row.optional_real(7)});
  }
  return owned;
}

std::vector<ReservedRealm> SqliteReader::reserved_realms() {
  std::vector<ReservedRealm> realms;
  SqliteRun row = realms_.run();
  while (row.next()) {
    auto realm = Realm::parse(row.text(0));
    if (!realm) continue;
    realms.push_back(
        {std::move(*realm), std::string(row.text(1)), std::optional<std::string>(row.optional_text(2))});
  }
  return realms;
}

std::optional<Secret> SqliteReader::shared_key(std::string_view name) {
  SqliteRun row = shared_key_.run(name);
  if (!row.next()) return std::nullopt;
  return Secret(row.blob(0));
}

std::unique_lock<std::mutex> SqliteReaders::take_place(Patience patience, Place*& place) {
  const std::size_t home = thread_number() % homes_;
  for (std::size_t i = 0; i < max_readers; ++i) {
    place = &places_[(home + i) % max_readers];
    std::unique_lock lock(place->mutex, std::try_to_lock);
    if (lock) return lock;
  }
  place = &places_[home];
  return patience == Patience::none ? std::unique_lock<std::mutex>() : std::unique_lock(place->mutex);
}

}  // namespace doorward
