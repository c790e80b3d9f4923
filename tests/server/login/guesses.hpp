#pragma once
// What the tests of the guess guard share: exchanges that come and were wrong, by a clock that is the test's.
#include "server/login/guess_guard.hpp"

#include <chrono>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

namespace doorward {

inline constexpr int bucket = 10;
inline constexpr int owed = 16;
inline constexpr int late = 256;
inline constexpr std::chrono::microseconds late_refill{31'250};
inline constexpr std::chrono::milliseconds turn{1'950};

inline GuessGuard::Fingerprint password(unsigned char which) {
  GuessGuard::Fingerprint mac{};
  mac[0] = which;
  return mac;
}

class Guesses : public testing::Test {
 protected:
  GuessGuard::Place come(std::string_view username = "ann", std::optional<GuessGuard::Fingerprint> mac = {}) {
    return guard.come("shop", username, mac, now);
  }
  // A wrong password that is verified at once: how long its answer is held.
  std::chrono::seconds::rep wrong(std::string_view username = "ann",
                                  std::optional<GuessGuard::Fingerprint> mac = {}) {
    GuessGuard::Place place = come(username, mac);
    EXPECT_TRUE(place.may_verify());
    return held(place);
  }
  std::chrono::seconds::rep held(GuessGuard::Place& place) {
    return std::chrono::round<std::chrono::seconds>(place.wrong(now) - now).count();
  }
  // All that can be wrong before others have to wait for their turn.
  void guess_all(std::string_view username = "ann") {
    for (int i = 0; i < bucket + owed; ++i) wrong(username);
  }
  GuessGuard::Counts counts() { return guard.counts(now); }

  GuessGuard guard{GuessGuard::Limits{}};
  GuessGuard::Clock::time_point now{std::chrono::hours(100)};
};

}  // namespace doorward
