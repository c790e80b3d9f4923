#include "store/sqlite/sqlite_schema.hpp"

#include "store/sqlite/sqlite_shapes.hpp"

#include <array>

namespace doorward {
namespace {

struct Migration {
  const char* sql;
  void (*then)(SqliteConnection&) = nullptr;  // what SQL alone cannot do
};

// What has been released is never edited: a change is another entry.
constexpr std::array migrations = {
    // 1. `changes` holds every version of every object that has not been compacted away: the last row of a
    // (kind, ns,
    // name) is the object as it is now, or says that it is gone. So history, lists of a past version and the
    // current
    // state are one table, and a write is one row with one index entry.
    Migration{R"sql(
      CREATE TABLE changes (
        version        INTEGER PRIMARY KEY,
        kind           TEXT NOT NULL,
        ns             TEXT NOT NULL,
        name           TEXT NOT NULL,
        type           INTEGER NOT NULL,  -- ChangeType
        uid            TEXT NOT NULL,
        generation     INTEGER NOT NULL,
        created_at     TEXT NOT NULL,
        login_realm    TEXT,              -- of the login record that goes with the object after this change
        login_username TEXT,
        touched        TEXT NOT NULL,     -- the login records that the change touched: realm, username, one a line
        document       TEXT NOT NULL
      ) STRICT;
      -- The rowid, which is the version, ends each entry of the index.
      CREATE INDEX changes_by_key ON changes (kind, ns, name);

      -- A login reads one row by a number, from a tree whose inner pages stay in memory: with an index over names a
      -- million users cost three page reads more.
      CREATE TABLE logins (
        place    INTEGER PRIMARY KEY,     -- see sqlite_rows.hpp
        realm    TEXT NOT NULL,
        username TEXT NOT NULL,
        version  INTEGER NOT NULL,
        ns       TEXT NOT NULL,           -- of the MessagingUser that it belongs to
        name     TEXT NOT NULL,
        record   BLOB NOT NULL            -- see login_codec.hpp
      ) STRICT;

      CREATE TABLE realms (
        realm TEXT PRIMARY KEY,
        ns    TEXT NOT NULL,              -- for which it stays reserved
        kind  TEXT,                       -- with ns, the object that owns it now; NULL when nobody does
        name  TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX realms_by_owner ON realms (ns, name, kind);

      CREATE TABLE shared_keys (name TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID;

      -- One row: history up to and including `version` is gone.
      CREATE TABLE compacted (version INTEGER NOT NULL) STRICT;
      INSERT INTO compacted VALUES (0);
    )sql"},
    // 2. What the credentials of a realm look like, for the decoys of those who are not in it. Counted in 3.
    Migration{R"sql(
      CREATE TABLE shapes (
        realm       TEXT NOT NULL,
        salt_bytes  INTEGER NOT NULL,
        iterations  INTEGER NOT NULL,
        credentials INTEGER NOT NULL,     -- how many there are
        PRIMARY KEY (realm, salt_bytes, iterations)
      ) STRICT, WITHOUT ROWID;
    )sql"},
    // 3. And by which hash a password of their users is verified. Whatever was counted is counted again.
    Migration{R"sql(
      DROP TABLE shapes;
      CREATE TABLE shapes (
        realm         TEXT NOT NULL,
        salt_bytes    INTEGER NOT NULL,
        iterations    INTEGER NOT NULL,
        password_hash TEXT NOT NULL,      -- as the mechanism is named, SCRAM-SHA-256
        credentials   INTEGER NOT NULL,   -- how many there are
        PRIMARY KEY (realm, salt_bytes, iterations, password_hash)
      ) STRICT, WITHOUT ROWID;
    )sql",
              count_shapes},
    // 4. What a login needs of the address space that owns a realm, so that a start reads these rows alone
    // and not the document of every space. It is where the status of the space has had it so far.
    Migration{R"sql(
      ALTER TABLE realms ADD COLUMN service_ns TEXT;          -- of the AuthenticationService; empty: there is none
      ALTER TABLE realms ADD COLUMN service_name TEXT;
      ALTER TABLE realms ADD COLUMN host TEXT;                -- where the space overrides it; empty: it does not
      ALTER TABLE realms ADD COLUMN port INTEGER;             -- 0: it does not
      ALTER TABLE realms ADD COLUMN logins_per_second REAL;   -- NULL: as many as come
      UPDATE realms SET (service_ns, service_name, host, port, logins_per_second) = (
        SELECT document ->> '$.status.authenticationService.namespace',
               document ->> '$.status.authenticationService.name',
               document ->> '$.status.authenticationService.host',
               document ->> '$.status.authenticationService.port',
               document ->> '$.status.loginsPerSecond'
        FROM (SELECT document FROM changes AS c
              WHERE c.kind = realms.kind AND c.ns = realms.ns AND c.name = realms.name
              ORDER BY version DESC LIMIT 1)
        WHERE json_valid(document))
      WHERE name IS NOT NULL;
    )sql"},
};

[[noreturn]] void refuse(ErrorCode code, std::string message) {
  throw SqliteFailure{{code, std::move(message)}};
}

void check_owner(SqliteConnection& connection, std::int64_t schema) {
  const std::int64_t owner = connection.integer("PRAGMA application_id");
  const bool is_new =
      schema == 0 && owner == 0 && connection.integer("SELECT count(*) FROM sqlite_schema") == 0;
  if (owner != store_application_id && !is_new) {
    refuse(ErrorCode::invalid, "the database was not made by doorward; choose another data directory");
  }
  check_schema(schema);
}

}  // namespace

void check_schema(std::int64_t schema) {
  if (schema > static_cast<std::int64_t>(migrations.size())) {
    refuse(ErrorCode::invalid,
           "the database has schema " + std::to_string(schema) + " and this doorward knows up to " +
               std::to_string(migrations.size()) +
               ": start the newer doorward that wrote it, or restore a backup from before");
  }
}

void check_readable(SqliteConnection& connection) {
  const std::int64_t schema = connection.integer("PRAGMA user_version");
  check_owner(connection, schema);
  if (schema == 0) refuse(ErrorCode::not_found, "the database is empty: nobody has served from it yet");
}

void prepare_schema(SqliteConnection& connection) {
  check_owner(connection, connection.integer("PRAGMA user_version"));
  if (connection.text("PRAGMA journal_mode = WAL") != "wal") {
    refuse(ErrorCode::unavailable,
           "the file system of the data directory cannot hold a database in WAL mode; use a local disk");
  }
  // A commit returns when the disk has it. The pages of a large one stay in memory until then, and what it
  // wrote to the log is given back after it.
  connection.execute(
      "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864;"
      " PRAGMA cell_size_check = ON");

  SqliteTransaction transaction(connection, SqliteTransaction::Kind::write);
  const auto schema = static_cast<std::size_t>(connection.integer("PRAGMA user_version"));
  for (std::size_t next = schema; next < migrations.size(); ++next) {
    connection.execute(migrations[next].sql);
    if (migrations[next].then != nullptr) migrations[next].then(connection);
  }
  if (schema < migrations.size()) {
    connection.execute("PRAGMA application_id = " + std::to_string(store_application_id) +
                       "; PRAGMA user_version = " + std::to_string(migrations.size()));
  }
  transaction.commit();
}

}  // namespace doorward
