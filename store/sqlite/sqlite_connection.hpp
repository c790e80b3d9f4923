#pragma once
// SQLite's C handles as values: a connection, a prepared statement, one run of a statement, a transaction.
// Each belongs to one thread at a time. SQLite's refusals are thrown as SqliteFailure inside of this room,
// and SqliteStore turns them into a Result at its border; arguments are always bound, never written into SQL.
#include "store/model/result.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace doorward {

struct SqliteFailure {
  Error error;
};

// Bytes, where a string_view would be bound as text.
struct SqliteBlob {
  std::string_view bytes;
};

// One run of a statement, which is free for the next one when this goes. What was bound, and the views that
// columns answer, live no longer than the run.
class SqliteRun {
 public:
  template <class... Arguments>
  explicit SqliteRun(sqlite3_stmt& statement, const Arguments&... arguments) : statement_(statement) {
    (bind(arguments), ...);
  }
  SqliteRun(const SqliteRun&) = delete;
  SqliteRun& operator=(const SqliteRun&) = delete;
  ~SqliteRun();

  // Whether there is a row, which the columns below are of.
  bool next();
  // Runs a statement that answers no rows.
  void finish() { next(); }

  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  std::optional<std::string_view> optional_text(int column) const;
  std::optional<double> optional_real(int column) const;

 private:
  void bind(std::int64_t value);
  // SQLite's integers are signed, and no version comes near the end of them.
  void bind(std::uint64_t value) {
    bind(static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX)));
  }
  void bind(std::string_view value);
  void bind(const std::string& value) { bind(std::string_view(value)); }
  void bind(const std::optional<std::string>& value);
  void bind(const std::optional<double>& value);
  void bind(SqliteBlob value);
  void check(int code);

  sqlite3_stmt& statement_;
  int bound_ = 0;
};

class SqliteStatement {
 public:
  SqliteStatement(sqlite3& database, std::string_view sql);

  template <class... Arguments>
  SqliteRun run(const Arguments&... arguments) {
    return SqliteRun(*statement_, arguments...);
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteConnection {
 public:
  // `vfs` is SQLite's name of a file system, empty for the usual one; `patience` as in wait_at_most(). The
  // file is made with mode 0600 where it is not there.
  SqliteConnection(const std::filesystem::path& file, const std::string& vfs,
                   std::chrono::milliseconds patience);

  SqliteStatement prepare(std::string_view sql) { return SqliteStatement(*database_, sql); }
  // Runs statements without arguments, for set-up.
  void execute(const std::string& sql);
  // What a statement without arguments answers in its first column.
  std::int64_t integer(std::string_view sql);
  std::string text(std::string_view sql);
  // How long a statement waits for another process that holds a lock.
  void wait_at_most(std::chrono::milliseconds time);
  // Rows that the last statement inserted, changed or removed.
  std::int64_t rows_changed() const;
  // Ends a transaction that is still open. Where even that fails SQLite undoes it at the next chance.
  void roll_back() noexcept;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

// Rolls back when it goes without commit().
class SqliteTransaction {
 public:
  enum class Kind : std::uint8_t { read, write };
  SqliteTransaction(SqliteConnection& connection, Kind kind);
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction() { connection_.roll_back(); }

  void commit();

 private:
  SqliteConnection& connection_;
};

}  // namespace doorward
