#pragma once
// How a thread that may wait, and no coroutine, has something done on the worker pool: such as a request to
// the REST API, which has a thread of its own.
#include "server/login/worker_pool.hpp"

#include <chrono>
#include <functional>
#include <string_view>

namespace doorward {

// Has `work` done by a worker when it is the turn of `realm`, and waits until it is done; throws what it
// threw. False where its turn did not come by `until`, or the queue is full or closed: then it was not begun
// and never will be. The caller's thread waits for nothing that `work` needs.
bool wait_on(WorkerPool& pool, WorkerPool::Share share, std::string_view realm,
             std::chrono::steady_clock::time_point until, const std::function<void()>& work);

}  // namespace doorward
