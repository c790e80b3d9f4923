#include "server/resources/member_counts.hpp"

#include <string>
#include <utility>

namespace doorward::resources {

namespace {

constexpr std::size_t page = 1'000;

}  // namespace

std::optional<std::uint64_t> MemberCounts::of(const Store& store, std::string_view kind,
                                              const ObjectRef& space) {
  const std::lock_guard lock(mutex_);
  const bool current = history_.catch_up(
      store, counts_.empty(), [this] { counts_.clear(); }, [this](const Change& change) { take(change); });
  if (!current) return std::nullopt;
  const ObjectKey members{std::string(kind), space.ns, space.name};
  if (const auto known = counts_.find(members); known != counts_.end()) return known->second;
  const auto counted = count(store, members);
  if (!counted) return std::nullopt;
  if (counts_.size() >= max_spaces) counts_.clear();
  counts_.emplace(members, *counted);
  return counted;
}

void MemberCounts::take(const Change& change) {
  if (change.type == ChangeType::modified) return;
  const ObjectKey& key = change.object.key;
  const auto counted = counts_.find({key.kind, key.ns, key.name.substr(0, key.name.find('.'))});
  if (counted == counts_.end()) return;
  if (change.type == ChangeType::added) {
    ++counted->second;
  } else {
    --counted->second;
  }
}

std::optional<std::uint64_t> MemberCounts::count(const Store& store, const ObjectKey& members) const {
  const std::string prefix = members.name + ".";
  ListRange range{.kind = members.kind,
                  .ns = members.ns,
                  .after = {{members.ns, prefix}},
                  .limit = page,
                  .at = history_.version()};
  for (std::uint64_t found = 0;;) {
    const auto list = store.list(range);
    if (!list) return std::nullopt;
    for (const StoredObject& object : list->objects) {
      if (!object.key.name.starts_with(prefix)) return found;
      ++found;
    }
    if (!list->more) return found;
    range.after = {members.ns, list->objects.back().key.name};
  }
}

}  // namespace doorward::resources
