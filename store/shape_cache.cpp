#include "store/shape_cache.hpp"

#include <memory>
#include <utility>

namespace doorward {

Result<CredentialShapes> ShapeCache::find(const Store& store, std::string_view realm, Patience patience) {
  std::uint64_t drops_before = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = by_realm_.find(realm); known != by_realm_.end()) return known->second;
    drops_before = drops_;
  }
  auto counted = store.credential_shapes(realm, patience);
  if (!counted) return std::unexpected(std::move(counted.error()));
  auto shapes = std::make_shared<const std::vector<CredentialShape>>(std::move(*counted));
  const std::lock_guard lock(mutex_);
  if (drops_ == drops_before) by_realm_.insert_or_assign(std::string(realm), shapes);
  return shapes;
}

void ShapeCache::drop(std::string_view realm) {
  const std::lock_guard lock(mutex_);
  ++drops_;
  if (const auto known = by_realm_.find(realm); known != by_realm_.end()) by_realm_.erase(known);
}

}  // namespace doorward
