#pragma once
// The users that logged in last, in memory in front of the store: bounded, least recently used first out. The
// change feed drops what a commit touched before the commit returns, so a login never sees a record older
// than the last commit that returned.
//
// Names that nobody has are remembered, too, and found by the same steps as users: whoever tries a name again
// and again learns nothing from the time that the answer takes. They have a share of their own, so that
// made-up names push out one another and never a user.
//
// Safe from any thread; a lookup locks one shard of many for some nanoseconds.
#include "store/credential_source.hpp"
#include "store/shape_cache.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace doorward {

class CredentialCache final : public CredentialSource {
 public:
  // At most so many names that nobody has; each takes at most about 700 bytes.
  static constexpr std::size_t max_absent_names = 16'384;

  // At least one user is kept. The store must outlive the cache.
  CredentialCache(Store& store, std::size_t max_users);

  std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) override;
  Result<UserSnapshot> find(std::string_view realm, std::string_view username) override;
  std::optional<CredentialShapes> peek_shapes(std::string_view realm) override;
  Result<CredentialShapes> find_shapes(std::string_view realm) override;

  // Users that are kept now.
  std::size_t size() const;
  // Names that nobody has and that are kept now: for tests of their bound.
  std::size_t absent_names() const;
  // Lookups since the beginning: answered from memory, and by the store.
  struct Lookups {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  Lookups lookups() const;

 private:
  // Views of the names inside of the entry that the key belongs to.
  struct Key {
    std::string_view realm;
    std::string_view username;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Name {
    std::string realm;
    std::string username;
  };
  struct Entry {
    UserSnapshot user;                   // null: nobody has the name
    std::unique_ptr<const Name> absent;  // of nobody; a user's record has its own
    Key key() const;
  };
  using Entries = std::list<Entry>;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::size_t max_users = 0;
    std::size_t max_absent = 0;
    // Counts what was dropped. A record that was read from the store before a drop and arrives after it may
    // be the old one: it is not kept.
    std::uint64_t drops = 0;
    Lookups lookups;
    Entries users;   // the last used first
    Entries absent;  // in the same order
    std::unordered_map<Key, Entries::iterator, Hash> by_name;

    Entries& list_of(const Entry& entry) { return entry.user ? users : absent; }
    void keep(Entry entry);
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
