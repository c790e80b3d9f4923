#include "server/service/history_keeper.hpp"

#include "server/ops/log.hpp"

namespace doorward {

void HistoryKeeper::look(std::chrono::steady_clock::time_point now) {
  if (now < next_) return;
  next_ = now + every;
  const auto version = store_.version();
  if (!version || *version <= kept_) return;
  if (const auto done = store_.compact(*version - kept_); !done)
    log::warning("old history cannot be forgotten now", {{"reason", done.error().message}});
}

}  // namespace doorward
