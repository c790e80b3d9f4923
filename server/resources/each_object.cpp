#include "server/resources/each_object.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <utility>

namespace doorward::resources {
namespace {

constexpr std::size_t objects_in_a_page = 1'000;

}  // namespace

Result<ResourceVersion> each_object(const Store& store, std::string_view kind,
                                    const std::function<void(const StoredObject&)>& take) {
  ListRange range{.kind = std::string(kind), .limit = objects_in_a_page};
  auto page = store.list(range);
  while (page && page->more) {
    range.at = page->version;
    range.after = {page->objects.back().key.ns, page->objects.back().key.name};
    // By a thread where there is one to be had, else by get().
    auto next = std::async([&] { return store.list(range); });
    std::ranges::for_each(page->objects, take);
    page = next.get();
  }
  if (!page) return std::unexpected(std::move(page.error()));
  std::ranges::for_each(page->objects, take);
  return page->version;
}

}  // namespace doorward::resources
