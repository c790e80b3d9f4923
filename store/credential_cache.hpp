#pragma once
// The users that logged in last, in memory in front of the store: bounded, least recently used first out. The
// change feed drops what a commit touched before the commit returns, so a login never sees a record older
// than the last commit that returned. Users that do not exist are not remembered: made-up names would push
// out real ones.
//
// Safe from any thread; a lookup locks one shard of many for some nanoseconds.
#include "store/credential_source.hpp"
#include "store/shape_cache.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace doorward {

class CredentialCache final : public CredentialSource {
 public:
  // At least one user is kept. The store must outlive the cache.
  CredentialCache(Store& store, std::size_t max_users);

  std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) override;
  Result<UserSnapshot> find(std::string_view realm, std::string_view username) override;
  std::optional<CredentialShapes> peek_shapes(std::string_view realm) override;
  Result<CredentialShapes> find_shapes(std::string_view realm) override;

  // Users that are kept now.
  std::size_t size() const;
  // Lookups since the beginning: answered from memory, and by the store.
  struct Lookups {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  Lookups lookups() const;

 private:
  // Views of the names inside of the snapshot that the key belongs to.
  struct Key {
    std::string_view realm;
    std::string_view username;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::size_t max_users = 0;
    // Counts what was dropped. A record that was read from the store before a drop and arrives after it may
    // be the old one: it is not kept.
    std::uint64_t drops = 0;
    Lookups lookups;
    std::list<UserSnapshot> users;  // the last used first
    std::unordered_map<Key, std::list<UserSnapshot>::iterator, Hash> by_name;
  };

  Result<UserSnapshot> look_up(const Key& key, Patience patience);
  Shard& shard_of(const Key& key);
  void drop(std::span<const Change> changes);

  Store& store_;
  std::vector<Shard> shards_;
  ShapeCache shapes_;
  // The last member: once it is gone nobody calls drop().
  std::shared_ptr<void> subscription_;
};

}  // namespace doorward
