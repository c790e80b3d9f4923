#pragma once
// How many credentials of each shape a realm has: kept with the login records, in the transaction that writes
// them, so that a decoy can look like one of them without a look at all of them.
//
// Used by the writer of a store, within its transactions.
#include "store/model/scram_credential.hpp"
#include "store/sqlite/sqlite_connection.hpp"

#include <span>
#include <string_view>

namespace doorward {

class SqliteShapes {
 public:
  explicit SqliteShapes(SqliteConnection& connection);

  void add(std::string_view realm, std::span<const ScramCredential> credentials);
  void remove(std::string_view realm, std::span<const ScramCredential> credentials);
  // Those of a record as it lies in a row; a damaged one was never counted.
  void add_record(std::string_view realm, std::string_view record);
  void remove_record(std::string_view realm, std::string_view record);

 private:
  SqliteStatement add_;
  SqliteStatement remove_;
  SqliteStatement forget_;
};

// For a database that was written before they were counted.
void count_shapes(SqliteConnection& connection);

}  // namespace doorward
