#include "server/resources/realm_watch.hpp"

#include "server/resources/address_space.hpp"
#include "server/resources/catalogue.hpp"

#include <utility>
#include <vector>

namespace doorward::resources {

using nlohmann::json;

Result<std::unique_ptr<RealmWatch>> RealmWatch::start(Store& store) {
  std::unique_ptr<RealmWatch> watch(new RealmWatch);
  {
    // Commits of the meantime wait for the lock, and what was read already is passed over then.
    const std::lock_guard lock(watch->mutex_);
    watch->subscription_ =
        store.subscribe([w = watch.get()](std::span<const Change> changes) { w->follow(changes); });
    for (const auto store_kind : {store_kind::authentication_services, store_kind::address_spaces}) {
      if (auto done = watch->read(store, store_kind); !done) return std::unexpected(std::move(done.error()));
    }
  }
  watch->publish();
  return watch;
}

Result<> RealmWatch::read(const Store& store, std::string_view store_kind) {
  auto list = store.list({.kind = std::string(store_kind)});
  if (!list) return std::unexpected(std::move(list.error()));
  for (const auto& object : list->objects) take(object, false);
  read_at_.emplace(store_kind, list->version);
  return {};
}

void RealmWatch::follow(std::span<const Change> changes) {
  {
    const std::lock_guard lock(mutex_);
    bool differs = false;
    for (const auto& change : changes) {
      const auto read = read_at_.find(change.object.key.kind);
      if (read == read_at_.end() || change.version <= read->second) continue;
      differs = take(change.object, change.type == ChangeType::deleted) || differs;
    }
    if (!differs) return;
    ++revision_;
  }
  publish();
}

// False where the object makes no difference for logins.
bool RealmWatch::take(const StoredObject& object, bool deleted) {
  ObjectRef ref{object.key.ns, object.key.name};
  const bool is_space = object.key.kind == store_kind::address_spaces;
  if (deleted) return (is_space ? spaces_.erase(ref) : services_.erase(ref)) > 0;
  const json document = json::parse(object.document, nullptr, false);
  if (is_space) {
    auto space = realm_service_of(document, ref);
    if (!space) return spaces_.erase(ref) > 0;
    spaces_.insert_or_assign(std::move(ref), std::move(*space));
  } else {
    services_.insert_or_assign(std::move(ref), service_of(document));
  }
  return true;
}

void RealmWatch::publish() {
  const std::lock_guard one_at_a_time(publishing_);
  std::vector<RealmService> realms;
  std::vector<std::pair<ObjectRef, ServiceType>> services;
  {
    const std::lock_guard lock(mutex_);
    if (published_ == revision_) return;
    published_ = revision_;
    realms.reserve(spaces_.size());
    for (const auto& [ref, space] : spaces_) {
      RealmService& realm = realms.emplace_back(space);
      const auto service = services_.find(space.service);
      realm.ready = service != services_.end() && service->second.answers;
      if (service != services_.end()) realm.type = service->second.type;
    }
    for (const auto& [ref, service] : services_) services.emplace_back(ref, service.type);
  }
  auto table = std::make_shared<const RealmTable>(std::move(realms), std::move(services));
  const std::lock_guard lock(table_mutex_);
  table_.swap(table);  // the old one goes after the lock
}

}  // namespace doorward::resources
