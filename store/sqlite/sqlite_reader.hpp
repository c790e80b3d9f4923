#pragma once
// Reads of the store on connections of their own, which writers never stand in the way of. A reader belongs
// to one thread at a time; SqliteReaders lends them out.
#include "store/sqlite/sqlite_connection.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace doorward {

class SqliteReader {
 public:
  // `cache_kib`: of pages of the database that it keeps in memory.
  SqliteReader(const std::filesystem::path& file, const std::string& vfs, std::chrono::milliseconds patience,
               std::size_t cache_kib);

  void wait_at_most(std::chrono::milliseconds time) { connection_.wait_at_most(time); }

  Result<StoredObject> get(const ObjectKey& key);
  Result<StoredObject> get_at(const ObjectKey& key, ResourceVersion version);
  // What is read in pieces (with a limit) is in pieces of so many bytes at most, but for the last document of
  // each, whatever the limit: `more` says that a list goes on, and changes_after() is over when it answers
  // nothing.
  static constexpr std::size_t piece_bytes = std::size_t{8} << 20;
  Result<ObjectList> list(const ListRange& range);
  Result<std::map<std::string, std::uint64_t>> phases(std::string_view kind);
  ResourceVersion version();
  Result<std::vector<Change>> changes_after(ResourceVersion version, std::size_t limit);
  Result<UserSnapshot> find_user(std::string_view realm, std::string_view username);
  std::vector<CredentialShape> credential_shapes(std::string_view realm);
  Result<LoginRecord> login_record(const ObjectKey& key);
  OwnedRealms owned_realms();
  std::vector<ReservedRealm> reserved_realms();
  // Nothing where no key of that name has been made yet.
  std::optional<Secret> shared_key(std::string_view name);

 private:
  ResourceVersion compacted();
  struct FoundLogin {
    ResourceVersion version;
    LoginRecord record;
  };
  Result<std::optional<FoundLogin>> find_login(std::string_view realm, std::string_view username);

  SqliteConnection connection_;
  SqliteStatement get_;
  SqliteStatement get_at_;
  SqliteStatement list_all_;
  SqliteStatement list_namespace_;
  SqliteStatement phases_;
  SqliteStatement version_;
  SqliteStatement compacted_;
  SqliteStatement changes_;
  SqliteStatement find_login_;
  SqliteStatement shapes_;
  SqliteStatement login_of_object_;
  SqliteStatement owned_realms_;
  SqliteStatement realms_;
  SqliteStatement shared_key_;
};

// A bounded number of readers, opened when first needed. Threads begin their search at one of some places in
// turn, so that they seldom meet; the others are for when these are in use. So the readers that are there,
// and the memory that they keep, follow from how many read at a time, and not from how many threads came and
// went (each connection of REST is one).
class SqliteReaders {
 public:
  SqliteReaders(std::filesystem::path file, std::string vfs, std::chrono::milliseconds busy_timeout)
      : file_(std::move(file)), vfs_(std::move(vfs)), busy_timeout_(busy_timeout) {}

  // The answer of `read(reader)`; `unavailable` without patience where every reader is in use.
  template <class Read>
  auto use(Patience patience, Read read) -> decltype(read(std::declval<SqliteReader&>()));

 private:
  static constexpr std::size_t max_readers = 32;
  // Holds the inner pages of `logins` for a million users and more, so that a lookup reads one page.
  static constexpr std::size_t cache_kib = 8'192;
  static constexpr std::size_t cache_of_others_kib = 1'024;
  struct alignas(64) Place {
    std::mutex mutex;
    std::unique_ptr<SqliteReader> reader;
  };

  std::unique_lock<std::mutex> take_place(Patience patience, Place*& place);
  std::size_t cache_of(const Place& place) const {
    return static_cast<std::size_t>(&place - places_.data()) < homes_ ? cache_kib : cache_of_others_kib;
  }

  const std::filesystem::path file_;
  const std::string vfs_;
  const std::chrono::milliseconds busy_timeout_;
  const std::size_t homes_ = std::clamp<std::size_t>(2 * std::thread::hardware_concurrency(), 4, max_readers);
  std::array<Place, max_readers> places_;
};

template <class Read>
auto SqliteReaders::use(Patience patience, Read read) -> decltype(read(std::declval<SqliteReader&>())) {
  Place* place = nullptr;
  const std::unique_lock lock = take_place(patience, place);
  if (!lock) return fail(ErrorCode::unavailable, "every connection to the database is in use; try again");
  const auto wait = patience == Patience::none ? std::chrono::milliseconds(0) : busy_timeout_;
  if (!place->reader) place->reader = std::make_unique<SqliteReader>(file_, vfs_, wait, cache_of(*place));
  place->reader->wait_at_most(wait);
  return read(*place->reader);
}

}  // namespace doorward
