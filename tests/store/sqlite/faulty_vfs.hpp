#pragma once
// A file system for SQLite that does what the system's own does, until a test says what shall fail. It is
// registered for the life of the object, under a name that SqliteOptions takes.
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace doorward {

class FaultyVfs {
 public:
  // Who gets it: whoever names it, or everybody who opens a database and names no other.
  enum class For : std::uint8_t { who_names_it, everybody };
  explicit FaultyVfs(For whom = For::who_names_it);
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();

  const std::string& name() const { return name_; }

  // SQLite's codes, which the operation answers from now on instead of being done; 0 for no fault. Any
  // thread.
  std::atomic<int> read{0};
  std::atomic<int> write{0};
  std::atomic<int> sync{0};
  std::atomic<int> lock{0};      // of the database file, which each connection does once
  std::atomic<int> log_lock{0};  // of the log's index, which each transaction does
  // How often SQLite would have slept.
  std::atomic<int> sleeps{0};
  // So many more writes are done before `write` counts.
  std::atomic<std::int64_t> writes_left{0};

  // The disk hangs: reads wait until it answers again. Any thread.
  void hang();
  void answer();
  // Until so many reads wait at once. REQUIRES: the disk hangs, and so many will be begun.
  void wait_for_reads(std::size_t count);
  // Called by each read: waits as long as the disk hangs.
  void wait_for_the_disk();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
  std::size_t reads_that_wait_ = 0;
  const std::string name_;
};

}  // namespace doorward
