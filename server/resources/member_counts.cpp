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
  if (!catch_up(store)) {
    counts_.clear();
    return std::nullopt;
  }
  const ObjectKey members{std::string(kind), space.ns, space.name};
  if (const auto known = counts_.find(members); known != counts_.end()) return known->second;
  const auto counted = count(store, members);
  if (!counted) return std::nullopt;
  if (counts_.size() >= max_spaces) counts_.clear();
  counts_.emplace(members, *counted);
  return counted;
}

bool MemberCounts::catch_up(const Store& store) {
  const auto now = store.version();
  if (!now) return false;
  if (*now < version_ || *now - version_ > max_behind) counts_.clear();
  if (counts_.empty()) version_ = *now;
  while (version_ < *now) {
    const auto changes = store.changes_after(version_, page);
    if (!changes || changes->empty()) return false;
    for (const Change& change : *changes) take(change);
  }
  return true;
}

void MemberCounts::take(const Change& change) {
  version_ = change.version;
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
  ListRange range{
      .kind = members.kind, .ns = members.ns, .after = {{members.ns, prefix}}, .limit = page, .at = version_};
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
