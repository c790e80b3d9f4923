#pragma once
// The audit: one line for each decision on a login and each change of a resource, written by one thread from
// a bounded queue, so that no event loop ever waits for the disk. Whoever changes resources, and is no loop,
// waits for room instead: a folder of 100,000 objects is told whole, and takes no room from logins.
// line.hpp has the form of a line, verify.hpp what it proves.
//
// What is on the disk: a line is written as soon as it is its turn, so that a process that is killed loses
// what was in the queue (milliseconds); the file is flushed once a second while there is something new, so
// that a loss of power may take the last second.
#include "server/audit/events.hpp"
#include "server/audit/line.hpp"
#include "server/audit/writer.hpp"
#include "server/ops/exposition.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace doorward {

class Audit {
 public:
  // What happens to logins while lines cannot be written.
  enum class OnFailure : std::uint8_t { carry_on, refuse };
  struct Options {
    std::filesystem::path file;  // `-`: standard output
    std::filesystem::path keys;  // of the data directory
    OnFailure on_failure = OnFailure::carry_on;
    std::string version = {};
    std::size_t queue = 32'768;   // logins
    std::size_t changes = 4'096;  // beside them
    // How long a change waits for room while the writer takes nothing, as where the disk hangs.
    std::chrono::milliseconds patience{10'000};
    std::chrono::milliseconds every{1'000};  // flushes, and tries again what failed
    std::chrono::seconds anchor_every{60};
    // From when on one call that writes or flushes counts as a failure: the disk hangs.
    std::chrono::milliseconds hangs_after{5'000};
    audit::Sync sync = ::fdatasync;  // of the file
  };
  static Result<std::unique_ptr<Audit>> start(Options options);
  // As finish(), for as long as that takes. After everybody who tells something.
  ~Audit();
  // Writes what waits, where it can be written, and tells the last anchor; what is told from then on is lost.
  // False: it is not done after so much time, since the disk hangs. Any thread, also while others tell.
  bool finish(std::chrono::milliseconds patience);

  // Any thread; never waits for the disk. What finds the queue full is lost, and counted.
  void login(const LoginFact& fact);
  // Any thread but an event loop: waits for room as long as the writer goes on. What finds none while the
  // audit cannot be written, or the writer hangs for longer than the patience, is lost, and counted.
  void change(audit::Change change);
  // New logins are to be refused, since what they do could not be told. From half of their queue on, so that
  // those that are under way still have room; changes that wait are none of their business. Any thread.
  bool refuses() const;
  // After a rotation: goes on in a new file of the old name. Does not wait for it. Any thread.
  void reopen();
  // To be called now and then: says in the log that the disk hangs, which the audit's own thread cannot while
  // it waits for it. Any thread.
  void look();

  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  // Lines cannot be written: the disk fails, or hangs.
  bool failing() const { return failing_.load(std::memory_order_relaxed) || disk_hangs(); }
  void collect(metrics::Exposition& page) const;

 private:
  struct Entry {
    audit::Time time;
    audit::Event event;
  };
  Audit(Options options, audit::Writer writer);
  void put(audit::Time time, audit::Event event);
  void run(const std::stop_token& stop);
  std::deque<Entry> take(const std::stop_token& stop, bool& reopen);
  void write(std::deque<Entry> entries);
  template <typename Call>
  auto at_disk(Call call);
  bool disk_hangs() const;
  std::string_view logins_meanwhile() const;
  void tell_failure();
  void periodically();
  void anchor();

  const Options options_;
  audit::Writer writer_;  // of the thread
  std::uint64_t told_lost_ = 0;
  bool unwritten_ = false;  // the last write was not whole
  bool unflushed_ = false;  // something was written since the last flush
  bool unsafe_ = false;     // that flush has failed
  std::chrono::steady_clock::time_point last_flush_{}, last_anchor_{};

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable_any finished_;
  std::condition_variable room_;  // for a change, or no hope of it
  bool is_finished_ = false;
  std::deque<Entry> queue_;  // logins and changes, in the order in which they were told
  bool hangs_ = false;       // a change has lost its patience, and the writer has taken nothing since
  bool reopen_ = false;
  audit::Position anchor_;
  std::atomic<std::size_t> logins_ = 0, changes_ = 0;  // in the queue; changed under the mutex
  std::atomic<std::uint64_t> lost_ = 0, written_ = 0;
  std::atomic<bool> failing_ = false;
  // Since when the thread waits for the disk; nothing: it does not.
  std::atomic<std::chrono::steady_clock::duration> at_disk_since_{};
  std::atomic<bool> told_hanging_ = false;
  std::jthread thread_;  // the last member: gone before what it uses
};

}  // namespace doorward
