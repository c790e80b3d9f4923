#pragma once
// Remembers for a while what came of the review of a token. No token is kept: it is known by a MAC under a
// key that this process made and tells nobody. Bounded in number and in time; good tokens and others are
// apart, so that a stranger's do not push out those of who has logged in.
//
// Time is counted by a clock that does not jump, and what a token says of its own end by the one that does:
// whichever comes first. Safe from any thread; a lock is held for a lookup.
#include "server/reviews/token_reviews.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace doorward {

struct Moment {
  std::chrono::steady_clock::time_point steady;
  std::chrono::system_clock::time_point system;

  static Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }
};

// A token under the key of a memory.
using TokenMac = std::array<unsigned char, 32>;

// A MAC is as good as random, in each part of it.
struct TokenMacHash {
  std::size_t operator()(const TokenMac& mac) const {
    std::size_t hash;
    std::memcpy(&hash, mac.data(), sizeof hash);
    return hash;
  }
};

class ReviewMemory {
 public:
  struct Limits {
    std::size_t good = 10'000, bad = 1'000;  // tokens
    std::chrono::milliseconds good_for{60'000};
    std::chrono::milliseconds bad_for{10'000};
    std::chrono::milliseconds unknown_for{1'000};  // where no review could be had
  };

  explicit ReviewMemory(Limits limits);

  TokenMac mac(const Secret& token) const;

  std::optional<Review> find(const TokenMac& mac, Moment now) const;
  // `expires`: what the token says.
  void remember(const TokenMac& mac, const Review& review, std::optional<std::chrono::sys_seconds> expires,
                Moment now);

  std::size_t size() const;

 private:
  struct Entry {
    Review review;
    std::chrono::steady_clock::time_point until;
    std::optional<std::chrono::sys_seconds> expires;
  };
  struct Table {
    std::size_t room;
    std::unordered_map<TokenMac, Entry, TokenMacHash> entries;
    std::deque<TokenMac> oldest_first;  // the keys of `entries`
  };

  const Limits limits_;
  const Secret key_;
  mutable std::mutex mutex_;
  std::array<Table, 2> tables_;  // good and bad
};

}  // namespace doorward
