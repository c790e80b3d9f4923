// When keys are fetched, who waits for it, and what is held meanwhile.
#include "plugins/oauth/key_keeper.hpp"
#include "tests/plugins/oauth_issuer.hpp"

#include <atomic>
#include <future>
#include <latch>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oauth_bridge {
namespace {

using namespace std::chrono_literals;

constexpr auto for_good = std::chrono::hours(24);
constexpr KeyKeeper::Pace slow{.refresh = for_good, .retry = for_good, .keep = for_good, .refetch = for_good};

KeySet keys(int count) {
  static const nlohmann::json key = SigningKey::ec("ec").jwk();
  return KeySet::read(key_set(std::vector<nlohmann::json>(static_cast<std::size_t>(count), key)), {"ES256"});
}

void nobody(std::string_view) {}

// The n-th set that is fetched has n keys.
struct Counting {
  std::atomic<int> fetched = 0;
  KeyKeeper::Fetch fetch() {
    return [this](const std::stop_token&) { return keys(++fetched); };
  }
};

// How many keys are held, `!` before it where the last fetch failed; 0: none count.
std::string in_words(const KeyKeeper::Held& held) {
  return (held.fault.empty() ? "" : "!") + std::to_string(held.keys ? held.keys->size() : 0);
}

// Whom a keeper tells; the end of it shows that the waiter has gone.
struct Told {
  std::promise<std::string> said;
  std::shared_ptr<int> kept = std::make_shared<int>();

  KeyKeeper::Waiter waiter() {
    return [this, alive = kept](const KeyKeeper::Held& held) { said.set_value(in_words(held)); };
  }
  std::string wait() { return said.get_future().get(); }
};

TEST(KeyKeeper, holds_what_it_fetched_at_the_start) {
  Counting issuer;
  const KeyKeeper keeper(issuer.fetch(), slow, nobody);
  EXPECT_EQ(in_words(keeper.held()), "1");
}

TEST(KeyKeeper, does_not_begin_without_keys) {
  EXPECT_THROW(KeyKeeper([](const std::stop_token&) -> KeySet { throw NoKeySet("gone"); }, slow, nobody),
               NoKeySet);
}

TEST(KeyKeeper, fetches_for_an_unknown_key_and_not_again_for_a_while) {
  Counting issuer;
  KeyKeeper keeper(issuer.fetch(), slow, nobody);
  Told first, second;
  keeper.wait_for_newer(&first, first.waiter());
  EXPECT_EQ(first.wait(), "2");
  keeper.wait_for_newer(&second, second.waiter());
  EXPECT_EQ(second.wait(), "2");
  EXPECT_EQ(issuer.fetched, 2);
}

TEST(KeyKeeper, fetches_again_after_that_while) {
  Counting issuer;
  KeyKeeper::Pace pace = slow;
  pace.refetch = 0ms;
  KeyKeeper keeper(issuer.fetch(), pace, nobody);
  for (const char* held : {"2", "3", "4"}) {
    Told told;
    keeper.wait_for_newer(&told, told.waiter());
    EXPECT_EQ(told.wait(), held);
  }
}

TEST(KeyKeeper, fetches_now_and_then) {
  std::atomic<int> fetched = 0;
  std::promise<void> often;
  KeyKeeper::Pace pace = slow;
  pace.refresh = 1ms;
  const KeyKeeper keeper(
      [&](const std::stop_token&) {
        if (++fetched == 5) often.set_value();
        return keys(1);
      },
      pace, nobody);
  often.get_future().wait();
}

// A fetch that ends when the test says so.
struct Held {
  std::atomic<int> fetched = 0;
  std::promise<void> began;
  std::latch let_go{1};
  KeyKeeper::Fetch fetch() {
    return [this](const std::stop_token&) {
      if (++fetched == 2) {
        began.set_value();
        let_go.wait();
      }
      return keys(fetched);
    };
  }
};

TEST(KeyKeeper, fetches_once_for_a_crowd_that_waits) {
  Held issuer;
  KeyKeeper::Pace pace = slow;
  pace.refetch = 0ms;
  KeyKeeper keeper(issuer.fetch(), pace, nobody);
  std::vector<Told> crowd(50);
  keeper.wait_for_newer(&crowd[0], crowd[0].waiter());
  issuer.began.get_future().wait();
  for (Told& told : crowd) {
    if (&told != &crowd[0]) keeper.wait_for_newer(&told, told.waiter());
  }
  EXPECT_EQ(in_words(keeper.held()), "1") << "what was held counts meanwhile";
  issuer.let_go.count_down();
  for (Told& told : crowd) EXPECT_EQ(told.wait(), "2");
  EXPECT_EQ(issuer.fetched, 2);
}

TEST(KeyKeeper, lets_no_more_wait_than_may) {
  Held issuer;
  KeyKeeper keeper(issuer.fetch(), slow, nobody);
  std::vector<Told> crowd(KeyKeeper::max_waiters);
  for (Told& told : crowd) keeper.wait_for_newer(&told, told.waiter());
  Told late;
  keeper.wait_for_newer(&late, late.waiter());
  EXPECT_EQ(late.wait(), "!1") << "told at once that nobody knows";
  issuer.let_go.count_down();
  for (Told& told : crowd) EXPECT_EQ(told.wait(), "2");
}

TEST(KeyKeeper, forgets_whoever_waits_no_longer) {
  Held issuer;
  KeyKeeper keeper(issuer.fetch(), slow, nobody);
  Told gone, stays;
  keeper.wait_for_newer(&gone, gone.waiter());
  issuer.began.get_future().wait();
  keeper.wait_for_newer(&stays, stays.waiter());
  EXPECT_EQ(gone.kept.use_count(), 2);
  keeper.forget(&gone);
  EXPECT_EQ(gone.kept.use_count(), 1);
  keeper.forget(&gone);
  keeper.forget(&issuer);
  issuer.let_go.count_down();
  EXPECT_EQ(stays.wait(), "2");
  EXPECT_EQ(gone.said.get_future().wait_for(0s), std::future_status::timeout);
}

TEST(KeyKeeper, keeps_the_last_keys_while_none_can_be_fetched) {
  std::atomic<int> fetched = 0;
  std::atomic<int> complaints = 0;
  KeyKeeper::Pace pace = slow;
  pace.refetch = 0ms;
  KeyKeeper keeper(
      [&](const std::stop_token&) {
        if (++fetched > 1 && fetched < 4) throw NoKeySet("gone");
        return keys(fetched);
      },
      pace,
      [&](std::string_view why) {
        EXPECT_EQ(why, "gone");
        ++complaints;
      });
  for (const char* held : {"!1", "!1", "4"}) {
    Told told;
    keeper.wait_for_newer(&told, told.waiter());
    EXPECT_EQ(told.wait(), held);
  }
  EXPECT_EQ(complaints, 1) << "once for a fault, not for each try";
}

TEST(KeyKeeper, holds_no_keys_that_are_too_old) {
  Counting issuer;
  KeyKeeper::Pace pace = slow;
  pace.keep = -1ms;  // over already
  const KeyKeeper keeper(issuer.fetch(), pace, nobody);
  EXPECT_EQ(in_words(keeper.held()), "!0");
}

TEST(KeyKeeper, ends_a_fetch_that_is_under_way) {
  std::promise<void> began;
  std::atomic<int> fetched = 0;
  Told told;
  {
    KeyKeeper keeper(
        [&](const std::stop_token& stop) {
          if (++fetched == 1) return keys(1);
          began.set_value();
          std::promise<void> stopped;
          const std::stop_callback on_stop(stop, [&] { stopped.set_value(); });
          stopped.get_future().wait();
          throw NoKeySet("stopped");
        },
        slow, nobody);
    keeper.wait_for_newer(&told, told.waiter());
    began.get_future().wait();
  }
  EXPECT_EQ(told.kept.use_count(), 1) << "whoever still waits is told or dropped";
}

}  // namespace
}  // namespace oauth_bridge
