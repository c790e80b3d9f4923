#include "server/process/open_files.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace doorward {

std::size_t raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &raised) != 0) raised = limit;
  return raised.rlim_cur;
}

std::size_t connections_within(std::size_t open_files, std::size_t wanted, std::size_t threads) {
  // Standard streams, lock, database and its journal, files that are being read; for each thread an epoll, a
  // wake-up and a connection to the database, for each loop its listeners.
  const std::size_t reserved = 64 + threads * 16;
  return std::min(wanted, open_files > reserved ? open_files - reserved : 1);
}

}  // namespace doorward
