#pragma once
// Remembers for a while which passwords were right, so that a client which logs in over and over costs one
// PBKDF2 and not one each time.
//
// No password is kept: a pair is a MAC, under a key that this process made and tells nobody, over realm,
// user, password and the version of the user's record. A changed record has another version, and with it what
// was remembered is never found again. Bounded in number and in time, by a clock that does not jump.
//
// Shared by all loops. Spread over many small tables, each with a lock of its own that is held for a lookup.
#include "store/model/secret.hpp"
#include "store/model/user.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace doorward {

class RememberedPairs {
 public:
  using Clock = std::chrono::steady_clock;

  struct Limits {
    std::size_t pairs = 10'000;  // 0: nothing is remembered
    std::chrono::seconds time = std::chrono::minutes(10);
  };

  // A user of one version with one password.
  using Pair = std::array<unsigned char, 32>;

  explicit RememberedPairs(Limits limits);

  Pair pair(const UserRecord& user, const Secret& password) const {
    return pair(user.realm.text(), user.username.text(), user.version, password);
  }
  // The same of whom there is no record of, to tell passwords apart.
  Pair pair(std::string_view realm, std::string_view username, std::uint64_t version,
            const Secret& password) const;

  bool knows(const Pair& pair, Clock::time_point now) const;
  // For a password that was verified just now; `at_most` where the limit would be too long. An old pair goes
  // where there is no room.
  void remember(const Pair& pair, Clock::time_point now,
                std::chrono::seconds at_most = std::chrono::seconds::max());

  std::size_t size() const;

 private:
  // A MAC is as good as random, in each part of it.
  struct Hash {
    std::size_t operator()(const Pair& pair) const {
      std::size_t hash;
      std::memcpy(&hash, pair.data(), sizeof hash);
      return hash;
    }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Pair, Clock::time_point, Hash> until;
    std::deque<Pair> oldest_first;  // the keys of `until`
  };
  static constexpr std::size_t shard_count = 64;

  static std::size_t shard_of(const Pair& pair) { return pair.back() % shard_count; }

  const Limits limits_;
  const Secret key_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace doorward
