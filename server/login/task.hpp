#pragma once
// The coroutine type of everything that runs on an event loop.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace doorward {

// Concrete executor: `any_io_executor` costs a virtual call and an allocation at each suspension.
using LoopExecutor = boost::asio::io_context::executor_type;
template <class T>
using Task = boost::asio::awaitable<T, LoopExecutor>;

}  // namespace doorward
