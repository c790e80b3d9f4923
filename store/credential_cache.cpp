#include "store/credential_cache.hpp"

#include <algorithm>
#include <utility>

namespace doorward {
namespace {

constexpr std::size_t max_shards = 64;

}  // namespace

CredentialCache::CredentialCache(Store& store, std::size_t max_users)
    : store_(store), shards_(std::clamp<std::size_t>(max_users, 1, max_shards)) {
  const std::size_t users = std::max<std::size_t>(max_users, 1);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].max_users = users / shards_.size() + (i < users % shards_.size() ? 1 : 0);
    shards_[i].max_absent = max_absent_names / shards_.size();
  }
  subscription_ = store_.subscribe([this](std::span<const Change> changes) { drop(changes); });
}

std::optional<UserSnapshot> CredentialCache::peek(std::string_view realm, std::string_view username) {
  auto found = look_up({realm, username}, Patience::none);
  if (!found) return std::nullopt;
  return std::move(*found);
}

Result<UserSnapshot> CredentialCache::find(std::string_view realm, std::string_view username) {
  return look_up({realm, username}, Patience::some_seconds);
}

std::optional<CredentialShapes> CredentialCache::peek_shapes(std::string_view realm) {
  auto shapes = shapes_.find(store_, realm, Patience::none);
  if (!shapes) return std::nullopt;
  return std::move(*shapes);
}

Result<CredentialShapes> CredentialCache::find_shapes(std::string_view realm) {
  return shapes_.find(store_, realm, Patience::some_seconds);
}

std::size_t CredentialCache::size() const {
  std::size_t users = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    users += shard.users.size();
  }
  return users;
}

std::size_t CredentialCache::absent_names() const {
  std::size_t names = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    names += shard.absent.size();
  }
  return names;
}

CredentialCache::Lookups CredentialCache::lookups() const {
  Lookups sum;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum.hits += shard.lookups.hits;
    sum.misses += shard.lookups.misses;
  }
  return sum;
}

Result<UserSnapshot> CredentialCache::look_up(const Key& key, Patience patience) {
  Shard& shard = shard_of(key);
  std::uint64_t drops_before = 0;
  {
    const std::lock_guard lock(shard.mutex);
    if (const auto known = shard.by_name.find(key); known != shard.by_name.end()) {
      ++shard.lookups.hits;
      Entries& list = shard.list_of(*known->second);
      list.splice(list.begin(), list, known->second);
      return known->second->user;
    }
    ++shard.lookups.misses;
    drops_before = shard.drops;
  }
  Result<UserSnapshot> user = store_.find_user(key.realm, key.username, patience);
  if (!user && user.error().code == ErrorCode::not_found) user = UserSnapshot();
  if (!user) return user;
  Entry entry{.user = *user, .absent = nullptr};
  if (!entry.user) {
    entry.absent = std::make_unique<const Name>(std::string(key.realm), std::string(key.username));
  }
  const std::lock_guard lock(shard.mutex);
  if (shard.drops == drops_before && !shard.by_name.contains(key)) shard.keep(std::move(entry));
  return user;
}

void CredentialCache::Shard::keep(Entry entry) {
  Entries& list = list_of(entry);
  if (list.size() == (entry.user ? max_users : max_absent)) {
    by_name.erase(list.back().key());
    list.pop_back();
  }
  list.push_front(std::move(entry));
  by_name.emplace(list.front().key(), list.begin());
}

CredentialCache::Key CredentialCache::Entry::key() const {
  if (user) return {user->realm.text(), user->username.text()};
  return {absent->realm, absent->username};
}

void CredentialCache::drop(std::span<const Change> changes) {
  for (const Change& change : changes) {
    for (const auto& [realm, username] : change.logins) {
      shapes_.drop(realm);
      const Key key{realm, username};
      Shard& shard = shard_of(key);
      const std::lock_guard lock(shard.mutex);
      ++shard.drops;
      if (const auto known = shard.by_name.find(key); known != shard.by_name.end()) {
        const auto entry = known->second;
        shard.by_name.erase(known);
        shard.list_of(*entry).erase(entry);
      }
    }
  }
}

CredentialCache::Shard& CredentialCache::shard_of(const Key& key) {
  // Other bits than those by which the shard's own table is spread.
  return shards_[(Hash{}(key) >> 32) % shards_.size()];
}

std::size_t CredentialCache::Hash::operator()(const Key& key) const noexcept {
  const std::hash<std::string_view> hash;
  return hash(key.realm) * 31 + hash(key.username);
}

}  // namespace doorward
