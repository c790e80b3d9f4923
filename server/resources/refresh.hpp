#pragma once
// Statuses that change although nobody has written: those of external services, whose bridges go up and down,
// and of the address spaces that lean on them.
#include "server/resources/settings.hpp"
#include "server/resources/write_turns.hpp"
#include "store/store.hpp"

namespace doorward::resources {

// Asks `settings.bridge` anew for every external service, and commits what follows from it, if anything.
// `unavailable`: others kept writing; it may be tried again. Not on an event loop. `turns`: of
// the store's writers, where there are others in this process.
Result<> refresh_bridges(Store& store, const Settings& settings, WriteTurns* turns = nullptr);

}  // namespace doorward::resources
