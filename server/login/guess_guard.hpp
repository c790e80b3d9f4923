#pragma once
// Slows down whoever guesses passwords, and locks out nobody: each account has a bucket of wrong answers, and
// a wrong answer is delivered when the bucket pays for it. Names that nobody has are counted like all others,
// so that nothing tells who exists.
//
// Guesses are counted before they are verified, so that many at once are no way around: the bucket and the
// wrong answers that it may owe are as many places, a place is taken to be verified, and a right password
// gives its place back. Where no place is free, exchanges wait in the order of their arrival for the one that
// the bucket pays next.
//
// Whoever is the first is verified nevertheless so early that he has his answer after two seconds, so that a
// stranger who guesses delays a right password by no more than that. Those that are verified so late have a
// bucket of their own, a deep one that fills faster, and a wrong one is paid from both: that bounds what can
// be tried, and no number of connections gets a guesser more. Whoever finds more before him than is in it
// waits so much longer.
//
// A bucket is one point in time, at which all wrong answers will have been paid for. Names may be made up
// without end, and the memory for them has one: while there are as many accounts in debt as are kept, further
// ones share some buckets, picked by keyed hashes of the realm and of the account. Sharing makes a bucket
// stricter, never weaker.
//
// Shared by all loops, by a lock that is held for a lookup. Time is given to it: a clock that does not jump.
#include "store/model/secret.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace doorward {

class GuessGuard {
 public:
  using Clock = std::chrono::steady_clock;
  struct Limits {
    std::size_t bucket = 10;                        // wrong answers that cost no time
    std::chrono::milliseconds refill{2'000};        // one more of them
    std::size_t owed = 16;                          // wrong answers that wait, before others have to
    std::chrono::milliseconds turn{1'950};          // that somebody waits who is verified without a place
    std::size_t late = 256;                         // of them that may be wrong at once
    std::chrono::microseconds late_refill{31'250};  // one more of them
    std::chrono::milliseconds memory = std::chrono::hours(1);  // no bucket takes longer to be full again
    std::size_t accounts = 10'000;                             // in debt, with a bucket of their own
  };
  // What tells a wrong password from another one: a MAC. A repeat costs nothing.
  using Fingerprint = std::array<unsigned char, 32>;

 private:
  // Says that it may be somebody's turn. Must only post: it is called under the lock.
  using Wake = std::function<void()>;
  struct Waiting {
    Clock::time_point since;
    Wake wake;  // may be empty
  };
  struct Account {
    std::string realm;
    std::string username;
    Clock::time_point paid{};           // when the bucket is full; in the past for most
    std::uint64_t wrong_answers = 0;    // since it was full
    std::size_t verifying = 0;          // places that are taken
    Clock::time_point late_paid{};      // when the bucket of those that are verified late is full
    std::size_t verifying_late = 0;     // of those that are verified
    std::size_t present = 0;            // exchanges that have come and are not over
    std::list<Waiting> line;            // in the order of arrival
    std::vector<Fingerprint> repeated;  // the newest wrong passwords, the oldest of them in front
    std::string_view key;               // its own, in the table
  };

 public:
  // One exchange, from before it is verified until that is decided. Goes before the guard.
  class Place {
   public:
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    // It was right, or was not verified: as if it had never come.
    ~Place();

    bool may_verify() const { return state_ != State::waiting && state_ != State::over; }
    // It repeats a password that was wrong, and need not be verified again where nothing has changed.
    bool is_known() const { return state_ == State::free; }
    // From here on `wake` is called, by any thread, when enter() may succeed before again().
    // REQUIRES: !may_verify()
    void on_turn(Wake wake);
    // Whether it may be verified now. REQUIRES: !may_verify()
    bool enter(Clock::time_point now);
    // When to try again.
    Clock::time_point again() const { return again_; }

    // It was wrong; when that may be said. REQUIRES: may_verify()
    Clock::time_point wrong(Clock::time_point now);

   private:
    friend class GuessGuard;
    enum class State : std::uint8_t { waiting, verifying, late, free, over };
    Place(GuessGuard& guard, Account& account, const std::optional<Fingerprint>& password)
        : guard_(&guard), account_(&account), password_(password) {}
    bool repeats() const;
    bool counts() const { return state_ == State::verifying || state_ == State::late; }
    void leave();

    GuessGuard* guard_;
    Account* account_;
    std::optional<Fingerprint> password_;
    State state_ = State::over;
    Clock::time_point again_{};
    std::list<Waiting>::iterator waiting_{};
  };

  explicit GuessGuard(Limits limits);

  // An exchange for whoever is named comes. `password`: where it can be told from others before it is
  // verified.
  Place come(std::string_view realm, std::string_view username, const std::optional<Fingerprint>& password,
             Clock::time_point now);

  // An account whose bucket is not full. Those that share one have no names.
  struct Guessed {
    std::string key;  // of the bucket, for forget()
    std::string realm;
    std::string username;
    std::uint64_t wrong_answers = 0;  // since the bucket was full
    std::size_t owed = 0;             // that wait for the bucket
    std::chrono::milliseconds full_in{0};
  };
  std::vector<Guessed> list(Clock::time_point now) const;
  // Fills a bucket, and lets those go on that wait for it. False where it is full.
  bool forget(std::string_view key, Clock::time_point now);

  struct Counts {
    std::size_t accounts = 0;         // in debt
    std::size_t waiting = 0;          // exchanges that wait for their turn
    std::uint64_t wrong_answers = 0;  // since the beginning, without repeats
    std::uint64_t delayed = 0;        // of them: not delivered at once
  };
  Counts counts(Clock::time_point now);

 private:
  // All of it under the lock.
  std::uint64_t hash_of(std::string_view text) const;
  Account& at(std::string_view realm, std::string_view username, Clock::time_point now);
  Clock::time_point room_from(const Account& account) const;
  Clock::time_point late_room_from(const Account& account) const;
  static void wake_first(Account& account);
  void charge(Account& account, bool late, Clock::time_point now);
  void forgive(Account& account);
  void forget_the_paid(Clock::time_point now);
  void drop_if_idle(Account& account);

  const Limits limits_;
  const Secret key_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Account> accounts_;  // in debt, or with an exchange
  // Those in debt, the one that is out of it first in front.
  std::set<std::pair<Clock::time_point, Account*>> in_debt_;
  std::size_t waiting_ = 0;
  std::uint64_t wrong_answers_ = 0;
  std::uint64_t delayed_ = 0;
};

}  // namespace doorward
