// Every object of a kind, page by page.
#include "server/resources/each_object.hpp"

#include "tests/server/resources/workbench.hpp"

#include <algorithm>

namespace doorward::resources {
namespace {

constexpr std::string_view kind = "things.example.com";

class EachObject : public Workbench {
 protected:
  void fill(int objects) {
    std::vector<Write> writes;
    for (int i = 0; i < objects; ++i)
      writes.emplace_back(
          Put{.object = {.key = {std::string(kind), "ns" + std::to_string(i % 3), std::to_string(i)},
                         .uid = std::to_string(i),
                         .created_at = "2026-01-01T00:00:00Z",
                         .document = "{}"}});
    if (!writes.empty()) ASSERT_TRUE(store_->commit(writes));
  }
};

TEST_F(EachObject, is_handed_over_once_and_in_order_however_many_pages_there_are) {
  int before = 0;
  for (const int objects : {0, 1, 999, 1'000, 1'001, 2'500}) {
    fill(objects);
    ASSERT_TRUE(apply(service)) << "of another kind";
    std::vector<ObjectKey> keys;
    const auto version =
        each_object(*store_, kind, [&](const StoredObject& object) { keys.push_back(object.key); });
    ASSERT_TRUE(version) << version.error().message;
    EXPECT_EQ(*version, store_->version().value());
    before = std::max(before, objects);
    EXPECT_EQ(keys.size(), static_cast<std::size_t>(before));
    EXPECT_TRUE(std::ranges::is_sorted(keys));
    EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
  }
}

TEST_F(EachObject, is_as_it_was_when_the_first_was_read) {
  fill(2'500);
  const ResourceVersion begun = store_->version().value();
  std::size_t seen = 0, later = 0;
  const auto version = each_object(*store_, kind, [&](const StoredObject& object) {
    if (seen++ == 0) fill(2'500);  // all of them anew
    later += object.version > begun ? 1 : 0;
  });
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(*version, begun);
  EXPECT_EQ(seen, 2'500u);
  EXPECT_EQ(later, 0u);
}

}  // namespace
}  // namespace doorward::resources
