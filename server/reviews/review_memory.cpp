#include "server/reviews/review_memory.hpp"

#include "mechanisms/digest.hpp"

#include <algorithm>

namespace doorward {

ReviewMemory::ReviewMemory(Limits limits)
    : limits_(limits),
      key_(random_bytes(32)),
      tables_{Table{.room = limits.good, .entries = {}, .oldest_first = {}},
              Table{.room = limits.bad, .entries = {}, .oldest_first = {}}} {}

TokenMac ReviewMemory::mac(const Secret& token) const {
  const Digest digest = hmac(ScramHash::sha256, key_.reveal(), token.reveal());
  TokenMac mac;
  std::ranges::copy(digest.view(), mac.begin());
  return mac;
}

std::optional<Review> ReviewMemory::find(const TokenMac& mac, Moment now) const {
  const std::lock_guard lock(mutex_);
  for (const Table& table : tables_) {
    const auto found = table.entries.find(mac);
    if (found == table.entries.end()) continue;
    const Entry& entry = found->second;
    if (now.steady < entry.until && (!entry.expires || now.system < *entry.expires)) return entry.review;
  }
  return std::nullopt;
}

void ReviewMemory::remember(const TokenMac& mac, const Review& review,
                            std::optional<std::chrono::sys_seconds> expires, Moment now) {
  const bool good = review.has_value();
  if (good && expires && *expires <= now.system) return;
  const auto time = good                                    ? limits_.good_for
                    : review.error().code == SaslCode::auth ? limits_.bad_for
                                                            : limits_.unknown_for;
  // What a bad token says of its end changes nothing.
  Entry entry{.review = review, .until = now.steady + time, .expires = good ? expires : std::nullopt};

  const std::lock_guard lock(mutex_);
  Table& table = tables_[good ? 0 : 1];
  if (table.room == 0) return;
  const bool added = table.entries.insert_or_assign(mac, std::move(entry)).second;
  if (!added) return;
  table.oldest_first.push_back(mac);
  if (table.oldest_first.size() <= table.room) return;
  table.entries.erase(table.oldest_first.front());
  table.oldest_first.pop_front();
}

std::size_t ReviewMemory::size() const {
  const std::lock_guard lock(mutex_);
  return tables_[0].entries.size() + tables_[1].entries.size();
}

}  // namespace doorward
