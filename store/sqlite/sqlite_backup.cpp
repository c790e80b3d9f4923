#include "store/sqlite/sqlite_backup.hpp"

#include "store/sqlite/sqlite_connection.hpp"
#include "store/sqlite/sqlite_schema.hpp"

#include <utility>

namespace doorward {
namespace {

// "doob" in ASCII.
constexpr std::int64_t backup_application_id = 0x646f6f62;
// More writes than anybody makes between a backup and the crash that it is restored after.
constexpr ResourceVersion versions_skipped = 1'000'000;
constexpr std::chrono::seconds patience{5};
constexpr std::string_view last_version =
    "SELECT max(coalesce((SELECT max(version) FROM changes), 0), (SELECT version FROM compacted))";

std::string named(std::int64_t application_id) {
  return "PRAGMA application_id = " + std::to_string(application_id);
}

[[noreturn]] void refuse(ErrorCode code, std::string message) {
  throw SqliteFailure{{code, std::move(message)}};
}

// Opening makes a file where there is none.
void check_there(const std::filesystem::path& file, std::string_view what_to_name) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    refuse(ErrorCode::not_found, "there is no such file: name " + std::string(what_to_name));
}

// One snapshot, without the pages that are free, beside any writer.
void copy_into(SqliteConnection& source, const std::filesystem::path& to) {
  SqliteStatement statement = source.prepare("VACUUM INTO ?");
  statement.run(to.native()).finish();
}

ResourceVersion take_or_throw(const std::filesystem::path& database, std::span<const KeptFile> files,
                              const std::filesystem::path& to) {
  check_there(database, "the directory of a server's data with --data-dir");
  {
    SqliteConnection source(database, "", patience);
    check_readable(source);
    copy_into(source, to);
  }
  SqliteConnection copy(to, "", patience);
  SqliteTransaction transaction(copy, SqliteTransaction::Kind::write);
  copy.execute(
      "CREATE TABLE kept_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID; " +
      named(backup_application_id));
  SqliteStatement insert = copy.prepare("INSERT INTO kept_files VALUES (?, ?)");
  for (const KeptFile& file : files) insert.run(file.name, SqliteBlob{file.content.reveal()}).finish();
  const auto version = static_cast<ResourceVersion>(copy.integer(last_version));
  transaction.commit();
  return version;
}

void check_whole_backup(SqliteConnection& source) {
  if (source.integer("PRAGMA application_id") != backup_application_id)
    refuse(ErrorCode::invalid, "it was not made by `doorward backup`");
  check_schema(source.integer("PRAGMA user_version"));
  if (source.text("PRAGMA integrity_check") != "ok")
    refuse(ErrorCode::internal, "it is damaged: take another backup");
}

std::vector<KeptFile> files_of(SqliteConnection& source) {
  std::vector<KeptFile> files;
  SqliteStatement statement = source.prepare("SELECT name, content FROM kept_files ORDER BY name");
  SqliteRun rows = statement.run();
  while (rows.next()) files.push_back({std::string(rows.text(0)), Secret(rows.blob(1))});
  return files;
}

// What was superseded would never be compacted once compaction has gone past it.
void begin_history_anew(SqliteConnection& database, ResourceVersion version) {
  database.execute(
      "DELETE FROM changes WHERE version IN (SELECT old.version FROM changes AS old JOIN changes AS new"
      " ON old.kind = new.kind AND old.ns = new.ns AND old.name = new.name AND old.version < new.version);"
      "DELETE FROM changes WHERE type = 2");
  SqliteStatement skip = database.prepare("UPDATE compacted SET version = ?");
  skip.run(version + versions_skipped).finish();
}

Restored put_back_or_throw(const std::filesystem::path& from, const std::filesystem::path& database) {
  check_there(from, "what a backup wrote");
  Restored restored;
  {
    SqliteConnection source(from, "", patience);
    check_whole_backup(source);
    restored.files = files_of(source);
    const SqliteConnection private_file(database, "",
                                        patience);  // for its owner alone, before anything is in it
    copy_into(source, database);
  }
  SqliteConnection fresh(database, "", patience);
  fresh.execute("PRAGMA secure_delete = ON");  // the files were secrets
  SqliteTransaction transaction(fresh, SqliteTransaction::Kind::write);
  restored.taken_at = static_cast<ResourceVersion>(fresh.integer(last_version));
  begin_history_anew(fresh, restored.taken_at);
  fresh.execute("DROP TABLE kept_files; " + named(store_application_id));
  transaction.commit();
  return restored;
}

// What may work later is a matter of either disk.
std::unexpected<Error> refused(Error error, const std::filesystem::path& from,
                               const std::filesystem::path& to) {
  const bool either = error.code == ErrorCode::unavailable;
  error.message = from.string() + (either ? ", copied to " + to.string() : "") + ": " + error.message;
  return std::unexpected(std::move(error));
}

class SqliteBackup final : public DatabaseBackup {
 public:
  Result<ResourceVersion> take(const std::filesystem::path& database, std::span<const KeptFile> files,
                               const std::filesystem::path& to) override {
    try {
      return take_or_throw(database, files, to);
    } catch (SqliteFailure& failure) {
      return refused(std::move(failure.error), database, to);
    }
  }

  Result<Restored> put_back(const std::filesystem::path& from,
                            const std::filesystem::path& database) override {
    try {
      return put_back_or_throw(from, database);
    } catch (SqliteFailure& failure) {
      // SQLite's own words for a damaged database tell whoever has one to restore a backup.
      if (failure.error.code == ErrorCode::internal)
        failure.error.message = "it is damaged, or no backup of doorward's: take another one";
      return refused(std::move(failure.error), from, database);
    }
  }
};

}  // namespace

std::unique_ptr<DatabaseBackup> sqlite_backup() { return std::make_unique<SqliteBackup>(); }

}  // namespace doorward
