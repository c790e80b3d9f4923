// The store's contract on SQLite.
#include "store/sqlite/sqlite_reader.hpp"
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

// What is read piece by piece is bounded by bytes, too; whoever asks for all gets all.
TEST(SqlitePieces, end_by_bytes_and_go_on_from_there) {
  const TemporaryDirectory directory;
  const auto store = open_sqlite_store(directory / "doorward.db").value();
  const std::string kind = "messagingusers.user.enmasse.io";
  const std::size_t half = SqliteReader::piece_bytes / 2;
  const std::pair<std::string, std::size_t> documents[] = {
      {"a", half}, {"b", half - 1}, {"c", 1}, {"d", half}};
  for (const auto& [name, bytes] : documents) {
    ASSERT_TRUE(store->commit(std::vector<Write>{
        Put{.object = {.key = {kind, "team", name}, .uid = name, .document = std::string(bytes, 'x')}}}));
  }

  const auto first = store->list({.kind = kind, .limit = 100}).value();
  EXPECT_EQ(first.objects.size(), 3u) << "one byte less is not enough";
  EXPECT_TRUE(first.more);
  ListRange range{.kind = kind, .limit = 100, .at = first.version};
  range.after = {"team", "c"};
  const auto rest = store->list(range).value();
  EXPECT_EQ(rest.objects.size(), 1u);
  EXPECT_FALSE(rest.more);
  const auto all = store->list({.kind = kind}).value();
  EXPECT_EQ(all.objects.size(), 4u);
  EXPECT_FALSE(all.more);

  EXPECT_EQ(store->changes_after(0, 100).value().size(), 3u);
  EXPECT_EQ(store->changes_after(3, 100).value().size(), 1u);
  EXPECT_EQ(store->changes_after(0, SIZE_MAX).value().size(), 4u);
}

}  // namespace
}  // namespace doorward
