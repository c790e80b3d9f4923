#pragma once
// A store whose operations are timed and whose refusals are counted, in front of any other. Any thread, as
// the store behind it.
#include "server/ops/metrics.hpp"
#include "store/store.hpp"

#include <memory>

namespace doorward {

class MeteredStore final : public Store {
 public:
  explicit MeteredStore(std::unique_ptr<Store> store);

  Result<std::vector<ResourceVersion>> commit(std::span<const Write> writes) override;
  Result<StoredObject> get(const ObjectKey& key) const override;
  Result<StoredObject> get_at(const ObjectKey& key, ResourceVersion version) const override;
  Result<ObjectList> list(const ListRange& range) const override;
  Result<std::map<std::string, std::uint64_t>> phases(std::string_view kind) const override;
  Result<ResourceVersion> version() const override;
  Result<std::vector<Change>> changes_after(ResourceVersion version, std::size_t limit) const override;
  Result<> compact(ResourceVersion version) override;
  Result<UserSnapshot> find_user(std::string_view realm, std::string_view username,
                                 Patience patience) const override;
  Result<std::vector<CredentialShape>> credential_shapes(std::string_view realm,
                                                         Patience patience) const override;
  Result<LoginRecord> login_record(const ObjectKey& key) const override;
  Result<OwnedRealms> owned_realms() const override;
  Result<std::vector<ReservedRealm>> reserved_realms() const override;
  Result<> release_realm(const Realm& realm) override;
  Result<Secret> shared_key(std::string_view name) override;
  std::shared_ptr<void> subscribe(Subscriber subscriber) override;

  void collect(metrics::Exposition& page) const;

 private:
  template <class Work>
  auto timed(std::string_view operation, Work work) const -> decltype(work());

  const std::unique_ptr<Store> store_;
  mutable metrics::Durations durations_{{"doorward_store_operation_duration_seconds",
                                         "How long the store took, whether it could answer or not.",
                                         {{"operation"}}}};
  mutable metrics::Counters errors_{
      {"doorward_store_errors",
       "Operations that the store could not carry out: unavailable (locked, full, slow) or internal.",
       {{"operation"}, {"code"}}}};
};

}  // namespace doorward
