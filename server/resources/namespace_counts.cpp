#include "server/resources/namespace_counts.hpp"

namespace doorward::resources {

namespace {

constexpr std::size_t page = 1'000;

}  // namespace

NamespaceCounts::NamespaceCounts(Store& store)
    : store_(store),
      subscription_(store.subscribe([this](std::span<const Change> changes) { follow(changes); })) {}

Result<std::uint64_t> NamespaceCounts::of(std::string_view kind, const std::string& ns) {
  // Commits of the meantime wait for the lock, and what was counted already is passed over then.
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> key(kind, ns);
  if (const auto known = counts_.find(key); known != counts_.end()) return known->second.objects;
  const auto counted = count(kind, ns);
  if (!counted) return std::unexpected(counted.error());
  if (counts_.size() >= max_counts) counts_.clear();
  counts_.emplace(std::move(key), *counted);
  return counted->objects;
}

Result<NamespaceCounts::Count> NamespaceCounts::count(std::string_view kind, const std::string& ns) const {
  ListRange range{.kind = std::string(kind), .ns = ns, .limit = page};
  for (Count counted;;) {
    const auto list = store_.list(range);
    if (!list) return std::unexpected(list.error());
    counted.objects += list->objects.size();
    counted.counted_at = list->version;
    if (!list->more) return counted;
    range.at = list->version;
    range.after = {list->objects.back().key.ns, list->objects.back().key.name};
  }
}

void NamespaceCounts::follow(std::span<const Change> changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    if (change.type == ChangeType::modified) continue;
    const auto counted = counts_.find({change.object.key.kind, change.object.key.ns});
    if (counted == counts_.end() || change.version <= counted->second.counted_at) continue;
    if (change.type == ChangeType::added) {
      ++counted->second.objects;
    } else {
      --counted->second.objects;
    }
  }
}

}  // namespace doorward::resources
