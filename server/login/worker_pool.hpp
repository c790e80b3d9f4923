#pragma once
// The one place for whatever blocks or burns CPU: PBKDF2, a store that would wait. A round trip costs about
// 30 microseconds, so only what needs it comes here.
//
// Each kind of work has workers and a queue of its own, so that no read of the store ever waits for a
// derivation, and what strangers make up holds up nobody. Passwords are derived at a lower priority than that
// of the event loops (nice), and those of users that are written at one below that of those who log in: they
// have all cores where nobody logs in, and little of them beside a storm. Within a queue the realms take
// turns: a storm in one of them, or somebody who guesses there, delays another's login by a turn and not by
// the storm.
//
// A job is held rather than refused, but no longer than its login has use for: where more comes in than the
// workers can do, all their work would else go to logins whose time is over.
//
// Owned by the service and shared by all loops. Coroutines use it through run() of run_on_pool.hpp.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

namespace doorward {

class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  enum class Share : std::uint8_t {
    reads,           // of the store
    passwords,       // PBKDF2 for realms that are served
    unknown_realms,  // both, for all other realms: one worker, and a small queue
    writes,          // PBKDF2 for users that are written, in turns by namespace
  };
  static constexpr std::array<std::string_view, 4> share_names{"reads", "passwords", "unknown_realms",
                                                               "writes"};
  static constexpr std::size_t unknown_realms_queue_bound = 64;
  // How long a job has waited for its turn; called on its worker, for each.
  using Waited = std::function<void(Share, std::chrono::nanoseconds)>;

  // `threads` workers, one at least, for passwords, and as many for reads and for writes. At most
  // `queue_bound` jobs wait for each, and none of a login longer than `patience`.
  WorkerPool(std::size_t threads, std::size_t queue_bound,
             std::chrono::nanoseconds patience = std::chrono::nanoseconds::max(), Waited waited = {});
  // Finishes the running jobs and drops those that wait. A dropped job takes the coroutine with it that
  // awaits it, so this comes after the loops have stopped and before they are destroyed.
  ~WorkerPool();

  // Queues `job` for a worker; false when the share's queue is full or closed, and the job is then not run.
  // From any thread. A job must not throw and must own what it touches: whoever waits for it may be gone by
  // then. Where `gone` says so when the job's turn comes, it is dropped; where it has waited too long,
  // `too_late` is called in its place.
  [[nodiscard]] bool post(Share share, std::string_view realm, Job job, std::stop_token gone = {},
                          Job too_late = {});

  // Finishes the running jobs of `share`, drops those that wait, and refuses others. Does not wait.
  void close(Share share);

  // Jobs that were refused or came too late since the beginning.
  std::uint64_t refused() const;
  // Jobs that wait, over all shares.
  std::size_t queued() const;

 private:
  class Crew;
  std::array<std::unique_ptr<Crew>, share_names.size()> crews_;  // by Share
};

}  // namespace doorward
