#include "server/resources/address_book.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/catalogue.hpp"

#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

constexpr std::size_t page = 1'000;

void count_down(std::map<std::string, std::uint64_t, std::less<>>& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

}  // namespace

std::optional<OtherAddresses> AddressBook::others(const Store& store, const ObjectRef& ref,
                                                  const std::string& name, const std::string& address) {
  const std::lock_guard lock(mutex_);
  const bool current = history_.catch_up(
      store, spaces_.empty(), [this] { forget(); }, [this](const Change& change) { take(change); });
  if (!current) return std::nullopt;
  if (addresses_ > max_addresses_) forget();  // more came than are remembered
  auto found = spaces_.find(ref);
  if (found == spaces_.end()) {
    found = spaces_.emplace(ref, Space()).first;
    if (!read(store, ref, found->second)) {
      forget();
      return std::nullopt;
    }
  }
  const Space& space = found->second;
  OtherAddresses others{.waiting = space.waiting, .by_plan = space.by_plan, .has_it = false};
  std::uint64_t holders = 0;
  if (const auto same = space.by_address.find(address); same != space.by_address.end())
    holders = same->second;
  if (const auto own = space.by_name.find(name); own != space.by_name.end()) {
    if (own->second.active) {
      count_down(others.by_plan, own->second.plan);
    } else {
      --others.waiting;
    }
    if (own->second.address == address) --holders;
  }
  others.has_it = holders > 0;
  return others;
}

void AddressBook::forget() {
  spaces_.clear();
  addresses_ = 0;
}

void AddressBook::take(const Change& change) {
  const ObjectKey& key = change.object.key;
  if (key.kind != store_kind::addresses) return;
  const auto found = spaces_.find({key.ns, key.name.substr(0, key.name.find('.'))});
  if (found == spaces_.end()) return;
  remove(found->second, key.name);
  if (change.type != ChangeType::deleted) add(found->second, change.object);
}

void AddressBook::add(Space& space, const StoredObject& object) {
  const json document = json::parse(object.document, nullptr, false);
  Entry entry{.address = text_at(document, {"spec", "address"}),
              .plan = text_at(document, {"spec", "plan"}),
              .active = text_at(document, {"status", "phase"}) == "Active"};
  ++space.by_address[entry.address];
  if (entry.active) {
    ++space.by_plan[entry.plan];
  } else {
    ++space.waiting;
  }
  space.by_name.insert_or_assign(object.key.name, std::move(entry));
  ++addresses_;
}

void AddressBook::remove(Space& space, const std::string& name) {
  const auto found = space.by_name.find(name);
  if (found == space.by_name.end()) return;
  count_down(space.by_address, found->second.address);
  if (found->second.active) {
    count_down(space.by_plan, found->second.plan);
  } else {
    --space.waiting;
  }
  space.by_name.erase(found);
  --addresses_;
}

// False: it cannot be read, or there are more addresses than are remembered.
bool AddressBook::read(const Store& store, const ObjectRef& ref, Space& space) {
  const std::string prefix = ref.name + ".";
  ListRange range{.kind = std::string(store_kind::addresses),
                  .ns = ref.ns,
                  .after = {{ref.ns, prefix}},
                  .limit = page,
                  .at = history_.version()};
  for (;;) {
    const auto list = store.list(range);
    if (!list) return false;
    for (const StoredObject& object : list->objects) {
      if (!object.key.name.starts_with(prefix)) return true;
      if (addresses_ == max_addresses_) return false;
      add(space, object);
    }
    if (!list->more) return true;
    range.after = {ref.ns, list->objects.back().key.name};
  }
}

}  // namespace doorward::resources
