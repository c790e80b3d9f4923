#include "store/sqlite/sqlite_store.hpp"

#include "store/change_publisher.hpp"
#include "store/sqlite/sqlite_reader.hpp"
#include "store/sqlite/sqlite_writer.hpp"

#include <mutex>
#include <utility>

namespace doorward {
namespace {

// Runs `work` where SQLite's refusals end.
template <class Work>
auto answer(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (SqliteFailure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::filesystem::path& file, const SqliteOptions& options)
      : writer_(file, options.vfs, options.busy_timeout),
        readers_(file, options.vfs, options.busy_timeout),
        pace_(options.pace) {}

  Result<std::vector<ResourceVersion>> commit(std::span<const Write> writes) override {
    if (writes.empty()) return {};
    std::vector<Change> changes;
    std::uint64_t place = 0;
    {
      const std::lock_guard lock(write_mutex_);
      auto committed = answer([&] { return writer_.commit(writes); });
      if (!committed) return std::unexpected(std::move(committed.error()));
      changes = std::move(*committed);
      place = publisher_.take_place();
    }
    publisher_.publish(place, changes);
    std::vector<ResourceVersion> versions;
    versions.reserve(changes.size());
    for (const Change& change : changes) versions.push_back(change.version);
    return versions;
  }

  Result<StoredObject> get(const ObjectKey& key) const override {
    return read([&](SqliteReader& reader) { return reader.get(key); });
  }

  Result<StoredObject> get_at(const ObjectKey& key, ResourceVersion version) const override {
    return read([&](SqliteReader& reader) { return reader.get_at(key, version); });
  }

  Result<ObjectList> list(const ListRange& range) const override {
    return read([&](SqliteReader& reader) { return reader.list(range); });
  }

  Result<std::map<std::string, std::uint64_t>> phases(std::string_view kind) const override {
    return read([&](SqliteReader& reader) { return reader.phases(kind); });
  }

  Result<ResourceVersion> version() const override {
    return read([&](SqliteReader& reader) -> Result<ResourceVersion> { return reader.version(); });
  }

  Result<std::vector<Change>> changes_after(ResourceVersion version, std::size_t limit) const override {
    return read([&](SqliteReader& reader) { return reader.changes_after(version, limit); });
  }

  Result<> compact(ResourceVersion version) override {
    return answer([&]() -> Result<> {
      for (bool more = true; more;) {
        const std::lock_guard lock(write_mutex_);
        more = writer_.compact_some(version);
      }
      return {};
    });
  }

  Result<UserSnapshot> find_user(std::string_view realm, std::string_view username,
                                 Patience patience) const override {
    return look_up([&](SqliteReader& reader) { return reader.find_user(realm, username); }, patience);
  }

  Result<std::vector<CredentialShape>> credential_shapes(std::string_view realm,
                                                         Patience patience) const override {
    return look_up(
        [&](SqliteReader& reader) -> Result<std::vector<CredentialShape>> {
          return reader.credential_shapes(realm);
        },
        patience);
  }

  Result<LoginRecord> login_record(const ObjectKey& key) const override {
    return read([&](SqliteReader& reader) { return reader.login_record(key); });
  }

  Result<OwnedRealms> owned_realms() const override {
    return read([&](SqliteReader& reader) -> Result<OwnedRealms> { return reader.owned_realms(); });
  }

  Result<std::vector<ReservedRealm>> reserved_realms() const override {
    return read(
        [&](SqliteReader& reader) -> Result<std::vector<ReservedRealm>> { return reader.reserved_realms(); });
  }

  Result<> release_realm(const Realm& realm) override {
    const std::lock_guard lock(write_mutex_);
    return answer([&] { return writer_.release_realm(realm); });
  }

  Result<Secret> shared_key(std::string_view name) override {
    auto known =
        read([&](SqliteReader& reader) -> Result<std::optional<Secret>> { return reader.shared_key(name); });
    if (!known) return std::unexpected(std::move(known.error()));
    if (*known) return std::move(**known);
    const std::lock_guard lock(write_mutex_);
    return answer([&] { return writer_.shared_key(name); });
  }

  std::shared_ptr<void> subscribe(Subscriber subscriber) override {
    return publisher_.subscribe(std::move(subscriber));
  }

 private:
  template <class Read>
  auto read(Read work, Patience patience = Patience::some_seconds) const
      -> decltype(work(std::declval<SqliteReader&>())) {
    return answer([&] { return readers_.use(patience, work); });
  }

  // A read of a few pages, which takes what the disk takes.
  template <class Read>
  auto look_up(Read work, Patience patience) const -> decltype(work(std::declval<SqliteReader&>())) {
    using Clock = DiskPace::Clock;
    if (pace_ == nullptr) return read(std::move(work), patience);
    const auto begun = pace_->begin(patience, Clock::now());
    if (!begun) return fail(ErrorCode::unavailable, "the disk has been slow of late; ask where you can wait");
    const struct Timed {
      DiskPace& pace;
      const DiskPace::LookUp& look_up;
      ~Timed() { pace.end(look_up, Clock::now()); }
    } timed{*pace_, *begun};
    return read(std::move(work), patience);
  }

  std::mutex write_mutex_;
  SqliteWriter writer_;
  mutable SqliteReaders readers_;
  DiskPace* const pace_;
  ChangePublisher publisher_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& file,
                                                 const SqliteOptions& options) {
  auto store = answer(
      [&]() -> Result<std::unique_ptr<Store>> { return std::make_unique<SqliteStore>(file, options); });
  if (!store) store.error().message = file.string() + ": " + store.error().message;
  return store;
}

}  // namespace doorward
