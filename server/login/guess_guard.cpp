#include "server/login/guess_guard.hpp"

#include "mechanisms/digest.hpp"

#include <algorithm>
#include <cstring>

namespace doorward {
namespace {

using Clock = GuessGuard::Clock;

constexpr std::size_t kept_fingerprints = 16;
// Of realms, and of the accounts of each of them: whoever makes up names in one realm leaves nearly all other
// realms their buckets.
constexpr std::size_t shared_groups = 64;
constexpr std::size_t shared_in_group = 64;

// Two accounts that a peer makes alike by a NUL in a name share a bucket.
std::string key_of(std::string_view realm, std::string_view username) {
  std::string key;
  key.reserve(realm.size() + 1 + username.size());
  return key.append(realm).append(1, '\0').append(username);
}

// From when on one of `places` is free: those that are taken, and the one that is asked for, might all be
// wrong. `paid`: when all that were wrong will have been paid for, one each `refill`.
Clock::time_point free_from(Clock::time_point paid, Clock::duration refill, std::size_t places,
                            std::size_t taken) {
  if (taken >= places) return Clock::time_point::max();
  return paid - refill * static_cast<Clock::rep>(places - taken - 1);
}

}  // namespace

GuessGuard::GuessGuard(Limits limits) : limits_(limits), key_(random_bytes(32)) {}

GuessGuard::Place GuessGuard::come(std::string_view realm, std::string_view username,
                                   const std::optional<Fingerprint>& password, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Account& account = at(realm, username, now);
  Place place(*this, account, password);
  if (place.repeats()) {
    place.state_ = Place::State::free;
  } else if (account.line.empty() && room_from(account) <= now) {
    place.state_ = Place::State::verifying;
    ++account.verifying;
  } else {
    place.waiting_ = account.line.insert(account.line.end(), {now, {}});
    place.state_ = Place::State::waiting;
    place.again_ = now + limits_.turn;
    ++waiting_;
  }
  ++account.present;
  return place;
}

// Keyed, so that nobody can choose whose bucket he shares.
std::uint64_t GuessGuard::hash_of(std::string_view text) const {
  const Digest mac = hmac(ScramHash::sha256, key_.reveal(), text);
  std::uint64_t hash = 0;
  std::memcpy(&hash, mac.view().data(), sizeof hash);
  return hash;
}

GuessGuard::Account& GuessGuard::at(std::string_view realm, std::string_view username,
                                    Clock::time_point now) {
  std::string key = key_of(realm, username);
  auto found = accounts_.find(key);
  if (found == accounts_.end()) {
    if (in_debt_.size() >= limits_.accounts) forget_the_paid(now);
    if (in_debt_.size() >= limits_.accounts) {
      key = key_of({}, std::to_string(hash_of(realm) % shared_groups) + "-" +
                           std::to_string(hash_of(key) % shared_in_group));
      realm = username = {};
    }
    found = accounts_.try_emplace(std::move(key)).first;
    Account& account = found->second;
    if (account.key.empty()) {
      account.key = found->first;
      account.realm = realm;
      account.username = username;
    }
  }
  return found->second;
}

GuessGuard::Clock::time_point GuessGuard::room_from(const Account& account) const {
  return free_from(account.paid, limits_.refill, limits_.bucket + limits_.owed, account.verifying);
}

GuessGuard::Clock::time_point GuessGuard::late_room_from(const Account& account) const {
  return free_from(account.late_paid, limits_.late_refill, limits_.late, account.verifying_late);
}

void GuessGuard::wake_first(Account& account) {
  if (!account.line.empty() && account.line.front().wake) account.line.front().wake();
}

void GuessGuard::charge(Account& account, bool late, Clock::time_point now) {
  forget_the_paid(now);
  ++account.wrong_answers;
  ++wrong_answers_;
  in_debt_.erase({account.paid, &account});
  account.paid = std::min(std::max(account.paid, now) + limits_.refill, now + limits_.memory);
  in_debt_.insert({account.paid, &account});
  if (late) account.late_paid = std::max(account.late_paid, now) + limits_.late_refill;
}

void GuessGuard::forgive(Account& account) {
  in_debt_.erase({account.paid, &account});
  account.paid = account.late_paid = {};
  account.wrong_answers = 0;
  account.repeated.clear();
}

void GuessGuard::forget_the_paid(Clock::time_point now) {
  while (!in_debt_.empty() && in_debt_.begin()->first <= now) {
    Account& account = *in_debt_.begin()->second;
    forgive(account);
    drop_if_idle(account);
  }
}

void GuessGuard::drop_if_idle(Account& account) {
  if (account.present > 0 || in_debt_.contains({account.paid, &account})) return;
  accounts_.erase(accounts_.find(std::string(account.key)));
}

std::vector<GuessGuard::Guessed> GuessGuard::list(Clock::time_point now) const {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  std::vector<Guessed> guessed;
  const std::lock_guard lock(mutex_);
  for (const auto& [paid, account] : in_debt_) {
    if (paid <= now) continue;
    const milliseconds full_in = ceil<milliseconds>(paid - now);
    const auto unpaid =
        static_cast<std::size_t>((full_in + limits_.refill - milliseconds(1)) / limits_.refill);
    guessed.push_back({.key = std::string(account->key),
                       .realm = account->realm,
                       .username = account->username,
                       .wrong_answers = account->wrong_answers,
                       .owed = unpaid > limits_.bucket ? unpaid - limits_.bucket : 0,
                       .full_in = full_in});
  }
  return guessed;
}

bool GuessGuard::forget(std::string_view key, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  forget_the_paid(now);
  const auto found = accounts_.find(std::string(key));
  if (found == accounts_.end() || !in_debt_.contains({found->second.paid, &found->second})) return false;
  forgive(found->second);
  wake_first(found->second);
  drop_if_idle(found->second);
  return true;
}

GuessGuard::Counts GuessGuard::counts(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  forget_the_paid(now);
  return {
      .accounts = in_debt_.size(), .waiting = waiting_, .wrong_answers = wrong_answers_, .delayed = delayed_};
}

GuessGuard::Place::Place(Place&& other) noexcept
    : guard_(other.guard_),
      account_(other.account_),
      password_(other.password_),
      state_(std::exchange(other.state_, State::over)),
      again_(other.again_),
      waiting_(other.waiting_) {}

GuessGuard::Place::~Place() {
  if (state_ == State::over) return;
  const std::lock_guard lock(guard_->mutex_);
  leave();
}

bool GuessGuard::Place::repeats() const {
  return password_ && std::ranges::find(account_->repeated, *password_) != account_->repeated.end();
}

// Whoever is next may have waited for this one.
void GuessGuard::Place::leave() {
  Account& account = *account_;
  if (state_ == State::waiting) {
    account.line.erase(waiting_);
    --guard_->waiting_;
  }
  if (counts()) --account.verifying;
  if (state_ == State::late) --account.verifying_late;
  state_ = State::over;
  --account.present;
  wake_first(account);
  guard_->drop_if_idle(account);
}

void GuessGuard::Place::on_turn(Wake wake) {
  const std::lock_guard lock(guard_->mutex_);
  waiting_->wake = std::move(wake);
}

bool GuessGuard::Place::enter(Clock::time_point now) {
  const std::lock_guard lock(guard_->mutex_);
  Account& account = *account_;
  const Clock::duration turn = guard_->limits_.turn;
  const bool first = waiting_ == account.line.begin();
  const Clock::time_point paid = guard_->room_from(account);
  const Clock::time_point late = std::max(waiting_->since + turn, guard_->late_room_from(account));
  const bool repeated = repeats();  // of one that was found wrong meanwhile
  if (!repeated && (!first || now < std::min(paid, late))) {
    again_ = now + turn;  // whoever has to wait for others is woken by them
    if (first) again_ = std::min({again_, paid, late});
    return false;
  }
  account.line.erase(waiting_);
  --guard_->waiting_;
  if (repeated) {
    state_ = State::free;
  } else {
    state_ = paid <= now ? State::verifying : State::late;
    ++account.verifying;
    if (state_ == State::late) ++account.verifying_late;
  }
  wake_first(account);
  return true;
}

GuessGuard::Clock::time_point GuessGuard::Place::wrong(Clock::time_point now) {
  const std::lock_guard lock(guard_->mutex_);
  Clock::time_point due = now;
  if (counts() && !repeats()) {
    guard_->charge(*account_, state_ == State::late, now);
    const auto bucket = static_cast<Clock::rep>(guard_->limits_.bucket);
    due = std::max(now, account_->paid - guard_->limits_.refill * bucket);
    guard_->delayed_ += due > now;
    if (password_) {
      std::vector<Fingerprint>& repeated = account_->repeated;
      if (repeated.size() == kept_fingerprints) repeated.erase(repeated.begin());
      repeated.push_back(*password_);
    }
  }
  leave();
  return due;
}

}  // namespace doorward
