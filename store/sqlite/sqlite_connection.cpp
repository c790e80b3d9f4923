#include "store/sqlite/sqlite_connection.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <sqlite3.h>

namespace doorward {
namespace {

// What SQLite refused, in words that say what to do. SQLite's own message names tables and columns, never
// values.
SqliteFailure failure(int code, std::string_view detail) {
  const std::string why = " (SQLite: " + std::string(detail) + ")";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:  // of several seconds of trying to lock the log
      return {{ErrorCode::unavailable,
               "the database is locked by another program; try again, or end that program" + why}};
    case SQLITE_FULL:
      return {{ErrorCode::unavailable, "the disk of the data directory is full; free some space" + why}};
    case SQLITE_IOERR:
      return {{ErrorCode::unavailable, "the disk of the data directory answers with errors; check it" + why}};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {{ErrorCode::unavailable,
               "the database cannot be opened or written; check owner and rights of the data "
               "directory" +
                   why}};
    case SQLITE_NOMEM:
      return {{ErrorCode::unavailable, "out of memory" + why}};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {{ErrorCode::internal,
               "the database file is damaged; stop doorward, move its data directory away and "
               "restore a backup (doorward restore)" +
                   why}};
    default:
      return {{ErrorCode::internal, "the database refused a statement" + why}};
  }
}

SqliteFailure failure(sqlite3& database) {
  return failure(sqlite3_extended_errcode(&database), sqlite3_errmsg(&database));
}

void make_private(const std::filesystem::path& file) {
  const int made = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made >= 0) {
    close(made);
  } else if (errno != EEXIST) {
    throw SqliteFailure{{ErrorCode::unavailable, "cannot make " + file.string() + ": " +
                                                     std::generic_category().message(errno) +
                                                     "; check owner and rights of the data directory"}};
  }
}

}  // namespace

SqliteRun::~SqliteRun() {
  sqlite3_reset(&statement_);
  sqlite3_clear_bindings(&statement_);
}

bool SqliteRun::next() {
  const int code = sqlite3_step(&statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw failure(*sqlite3_db_handle(&statement_));
}

std::int64_t SqliteRun::integer(int column) const { return sqlite3_column_int64(&statement_, column); }

std::string_view SqliteRun::text(int column) const { return optional_text(column).value_or(""); }

std::string_view SqliteRun::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(&statement_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(&statement_, column))};
}

std::optional<std::string_view> SqliteRun::optional_text(int column) const {
  const unsigned char* text = sqlite3_column_text(&statement_, column);
  if (text == nullptr) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(text),
                          static_cast<std::size_t>(sqlite3_column_bytes(&statement_, column)));
}

std::optional<double> SqliteRun::optional_real(int column) const {
  if (sqlite3_column_type(&statement_, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(&statement_, column);
}

void SqliteRun::bind(std::int64_t value) { check(sqlite3_bind_int64(&statement_, ++bound_, value)); }

void SqliteRun::bind(std::string_view value) {
  // A null pointer would be bound as NULL.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  check(sqlite3_bind_text64(&statement_, ++bound_, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void SqliteRun::bind(const std::optional<std::string>& value) {
  if (value) {
    bind(std::string_view(*value));
  } else {
    check(sqlite3_bind_null(&statement_, ++bound_));
  }
}

void SqliteRun::bind(const std::optional<double>& value) {
  ++bound_;
  check(value ? sqlite3_bind_double(&statement_, bound_, *value) : sqlite3_bind_null(&statement_, bound_));
}

void SqliteRun::bind(SqliteBlob value) {
  const char* bytes = value.bytes.data() == nullptr ? "" : value.bytes.data();
  check(sqlite3_bind_blob64(&statement_, ++bound_, bytes, value.bytes.size(), SQLITE_STATIC));
}

void SqliteRun::check(int code) {
  if (code == SQLITE_OK) return;
  SqliteFailure refused = failure(*sqlite3_db_handle(&statement_));
  sqlite3_clear_bindings(&statement_);
  throw refused;
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteStatement::SqliteStatement(sqlite3& database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(&database, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) throw failure(database);
}

void SqliteConnection::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

SqliteConnection::SqliteConnection(const std::filesystem::path& file, const std::string& vfs,
                                   std::chrono::milliseconds patience) {
  make_private(file);
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  database_.reset(database);
  if (code != SQLITE_OK)
    throw failure(code, database == nullptr ? "out of memory" : sqlite3_errmsg(database));
  wait_at_most(patience);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

void SqliteConnection::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw failure(*database_);
}

std::int64_t SqliteConnection::integer(std::string_view sql) {
  SqliteStatement statement = prepare(sql);
  SqliteRun run = statement.run();
  return run.next() ? run.integer(0) : 0;
}

std::string SqliteConnection::text(std::string_view sql) {
  SqliteStatement statement = prepare(sql);
  SqliteRun run = statement.run();
  return run.next() ? std::string(run.text(0)) : std::string();
}

void SqliteConnection::wait_at_most(std::chrono::milliseconds time) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(time.count()));
}

std::int64_t SqliteConnection::rows_changed() const { return sqlite3_changes64(database_.get()); }

void SqliteConnection::roll_back() noexcept {
  // After some errors SQLite has done so by itself.
  if (sqlite3_get_autocommit(database_.get()) == 0) {
    sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

SqliteTransaction::SqliteTransaction(SqliteConnection& connection, Kind kind) : connection_(connection) {
  connection_.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

void SqliteTransaction::commit() { connection_.execute("COMMIT"); }

}  // namespace doorward
