#include "server/telemetry/store_pace.hpp"

#include "server/ops/log.hpp"
#include "store/disk_pace.hpp"

namespace doorward {

void StorePace::turn(bool slow) {
  slow_ = slow;
  if (slow) {
    log::warning("look-ups of users are slow: event loops leave them to the workers; look at the disk",
                 {{"milliseconds", DiskPace::usual_slow_from.count()}});
  } else {
    log::info("look-ups of users are quick again");
  }
}

void StorePace::collect(metrics::Exposition& page) const {
  page.gauge("doorward_store_slow",
             "1 while look-ups of users are slow, and event loops leave them to the workers.", slow_ ? 1 : 0);
}

}  // namespace doorward
