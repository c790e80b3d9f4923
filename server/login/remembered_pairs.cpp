#include "server/login/remembered_pairs.hpp"

#include "mechanisms/digest.hpp"

#include <algorithm>
#include <bit>

namespace doorward {
namespace {

// Behind its length, so that no two lists of fields give the same message.
void append_field(std::string& message, std::string_view field) {
  const std::uint64_t size = field.size();
  message.append(reinterpret_cast<const char*>(&size), sizeof size).append(field);
}

}  // namespace

RememberedPairs::RememberedPairs(Limits limits) : limits_(limits), key_(random_bytes(32)) {}

RememberedPairs::Pair RememberedPairs::pair(std::string_view realm, std::string_view username,
                                            std::uint64_t version, const Secret& password) const {
  std::string message;
  message.reserve(4 * sizeof(std::uint64_t) + realm.size() + username.size() + password.size());
  const auto number = std::bit_cast<std::array<char, sizeof version>>(version);
  message.append(number.data(), number.size());
  append_field(message, realm);
  append_field(message, username);
  append_field(message, password.reveal());
  const Digest mac = hmac(ScramHash::sha256, key_.reveal(), message);
  wipe(message);
  Pair pair;
  std::ranges::copy(mac.view(), pair.begin());
  return pair;
}

bool RememberedPairs::knows(const Pair& pair, Clock::time_point now) const {
  const Shard& shard = shards_[shard_of(pair)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.until.find(pair);
  return found != shard.until.end() && now < found->second;
}

void RememberedPairs::remember(const Pair& pair, Clock::time_point now, std::chrono::seconds at_most) {
  const std::size_t index = shard_of(pair);
  const std::size_t room = limits_.pairs / shard_count + (index < limits_.pairs % shard_count ? 1 : 0);
  if (room == 0) return;
  const Clock::time_point until = now + std::min(limits_.time, at_most);
  Shard& shard = shards_[index];
  const std::lock_guard lock(shard.mutex);
  const auto [known, added] = shard.until.insert_or_assign(pair, until);
  if (!added) return;
  shard.oldest_first.push_back(pair);
  if (shard.oldest_first.size() <= room) return;
  shard.until.erase(shard.oldest_first.front());
  shard.oldest_first.pop_front();
}

std::size_t RememberedPairs::size() const {
  std::size_t size = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    size += shard.until.size();
  }
  return size;
}

}  // namespace doorward
