#include "server/telemetry/metered_store.hpp"

#include <chrono>

namespace doorward {
namespace {

// The others are answers: nothing is wrong with a store that says that an object does not exist.
bool is_fault(ErrorCode code) { return code == ErrorCode::unavailable || code == ErrorCode::internal; }

constexpr std::string_view operations[] = {
    "commit",       "get",           "get_at",          "list",          "phases",
    "version",      "changes_after", "compact",         "find_user",     "credential_shapes",
    "login_record", "owned_realms",  "reserved_realms", "release_realm", "shared_key"};

}  // namespace

// Every series of the errors is there from the beginning, so that an alert sees the first one.
MeteredStore::MeteredStore(std::unique_ptr<Store> store) : store_(std::move(store)) {
  for (const std::string_view operation : operations) {
    for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::internal})
      errors_.add({operation, to_string(code)}, 0);
  }
}

template <class Work>
auto MeteredStore::timed(std::string_view operation, Work work) const -> decltype(work()) {
  const auto began = std::chrono::steady_clock::now();
  auto result = work();
  durations_.observe({operation}, std::chrono::steady_clock::now() - began);
  if (!result && is_fault(result.error().code)) errors_.add({operation, to_string(result.error().code)});
  return result;
}

Result<std::vector<ResourceVersion>> MeteredStore::commit(std::span<const Write> writes) {
  return timed("commit", [&] { return store_->commit(writes); });
}

Result<StoredObject> MeteredStore::get(const ObjectKey& key) const {
  return timed("get", [&] { return store_->get(key); });
}

Result<StoredObject> MeteredStore::get_at(const ObjectKey& key, ResourceVersion version) const {
  return timed("get_at", [&] { return store_->get_at(key, version); });
}

Result<ObjectList> MeteredStore::list(const ListRange& range) const {
  return timed("list", [&] { return store_->list(range); });
}

Result<std::map<std::string, std::uint64_t>> MeteredStore::phases(std::string_view kind) const {
  return timed("phases", [&] { return store_->phases(kind); });
}

Result<ResourceVersion> MeteredStore::version() const {
  return timed("version", [&] { return store_->version(); });
}

Result<std::vector<Change>> MeteredStore::changes_after(ResourceVersion version, std::size_t limit) const {
  return timed("changes_after", [&] { return store_->changes_after(version, limit); });
}

Result<> MeteredStore::compact(ResourceVersion version) {
  return timed("compact", [&] { return store_->compact(version); });
}

Result<UserSnapshot> MeteredStore::find_user(std::string_view realm, std::string_view username,
                                             Patience patience) const {
  // Without patience `unavailable` is an answer, too: ask again where you can wait.
  if (patience == Patience::none) return store_->find_user(realm, username, patience);
  return timed("find_user", [&] { return store_->find_user(realm, username, patience); });
}

Result<std::vector<CredentialShape>> MeteredStore::credential_shapes(std::string_view realm,
                                                                     Patience patience) const {
  if (patience == Patience::none) return store_->credential_shapes(realm, patience);
  return timed("credential_shapes", [&] { return store_->credential_shapes(realm, patience); });
}

Result<LoginRecord> MeteredStore::login_record(const ObjectKey& key) const {
  return timed("login_record", [&] { return store_->login_record(key); });
}

Result<OwnedRealms> MeteredStore::owned_realms() const {
  return timed("owned_realms", [&] { return store_->owned_realms(); });
}

Result<std::vector<ReservedRealm>> MeteredStore::reserved_realms() const {
  return timed("reserved_realms", [&] { return store_->reserved_realms(); });
}

Result<> MeteredStore::release_realm(const Realm& realm) {
  return timed("release_realm", [&] { return store_->release_realm(realm); });
}

Result<Secret> MeteredStore::shared_key(std::string_view name) {
  return timed("shared_key", [&] { return store_->shared_key(name); });
}

std::shared_ptr<void> MeteredStore::subscribe(Subscriber subscriber) {
  return store_->subscribe(std::move(subscriber));
}

void MeteredStore::collect(metrics::Exposition& page) const {
  durations_.collect(page);
  errors_.collect(page);
}

}  // namespace doorward
