// The store's contract on SQLite.
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/contract_test.hpp"
#include "tests/store/temporary_directory.hpp"

namespace doorward {
namespace {

class SqliteBackEnd final : public BackEnd {
 public:
  std::unique_ptr<Store> open() override { return open_sqlite_store(directory_ / "doorward.db").value(); }

 private:
  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values([]() -> std::unique_ptr<BackEnd> {
                           return std::make_unique<SqliteBackEnd>();
                         }));

}  // namespace
}  // namespace doorward
