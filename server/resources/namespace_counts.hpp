#pragma once
// How many objects of a kind a namespace has: counted when that is asked first, and followed from then on by
// what is committed, so that a write which makes one more need not read the others. Nothing is kept that a
// new process would have to be told.
//
// Any thread may call anything.
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace doorward::resources {

class NamespaceCounts {
 public:
  static constexpr std::size_t max_counts = 10'000;  // that are remembered

  // Follows `store`, which must outlive it.
  explicit NamespaceCounts(Store& store);

  // With every commit that has returned; empty namespace: of cluster scope.
  Result<std::uint64_t> of(std::string_view kind, const std::string& ns);

 private:
  struct Count {
    std::uint64_t objects = 0;
    ResourceVersion counted_at = 0;  // older changes are in it
  };

  Result<Count> count(std::string_view kind, const std::string& ns) const;
  void follow(std::span<const Change> changes);

  Store& store_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Count> counts_;  // by kind and namespace
  std::shared_ptr<void> subscription_;                           // last: ends before the rest goes
};

}  // namespace doorward::resources
