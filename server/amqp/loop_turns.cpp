#include "server/amqp/loop_turns.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace doorward {
namespace {

namespace asio = boost::asio;

// Steps between two looks at what has become ready meanwhile, each of which is a system call.
constexpr std::size_t steps_at_once = 4;

}  // namespace

Task<void> LoopTurns::wait(std::string_view realm) {
  const asio::use_awaitable_t<LoopExecutor> token;
  co_await asio::async_initiate<decltype(token), void()>(
      [this, realm](auto handler) {
        come(realm, [handler = std::move(handler)]() mutable { std::move(handler)(); });
      },
      token);
}

void LoopTurns::come(std::string_view realm, std::move_only_function<void()> go_on) {
  waiting_.push(realm, std::move(go_on));
  if (!posted_) post();
}

// Behind all that is ready now, so that whoever is next is chosen among them.
void LoopTurns::post() {
  posted_ = true;
  asio::post(loop_, [this] { let_some_go_on(); });
}

void LoopTurns::let_some_go_on() {
  posted_ = false;
  std::size_t steps = std::min(waiting_.size(), steps_at_once);
  if (waiting_.size() > steps) post();  // first, since a step may throw
  for (; steps > 0; --steps) waiting_.pop()();
}

}  // namespace doorward
