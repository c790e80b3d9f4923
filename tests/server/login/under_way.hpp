#pragma once
// Logins that a test looks at before they end.
#include "tests/server/login/house.hpp"

#include <chrono>
#include <latch>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace doorward {

// A login that waits for the answer to a message.
class UnderWay {
 public:
  UnderWay(LoginHouse& house, Login login, std::string message)
      : message_(std::move(message)), login_(std::move(login)) {
    boost::asio::co_spawn(*house.loop, login_.answer(message_),
                          boost::asio::bind_cancellation_slot(
                              cancel_.slot(), [this](std::exception_ptr failed, Login::Answer given) {
                                answer = failed ? "cancelled" : in_words(given);
                              }));
  }
  // With PLAIN.
  UnderWay(LoginHouse& house, std::string_view realm, std::string_view username, std::string_view password,
           std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max())
      : UnderWay(house,
                 house.logins->begin({.hostname = realm,
                                      .deadline = deadline,
                                      .default_realm = {},
                                      .mechanism = "PLAIN",
                                      .peer = {},
                                      .plain_allowed = true}),
                 plain_message(username, password)) {}
  void cancel() { cancel_.emit(boost::asio::cancellation_type::terminal); }
  Login& login() { return login_; }

  std::string answer;  // empty while it waits

 private:
  const std::string message_;
  Login login_;
  boost::asio::cancellation_signal cancel_;
};

// Until the pool has nothing to do and the loop waits for time to pass only.
inline void settle(LoginHouse& house) {
  for (int quiet = 0; quiet < 3;) {
    std::latch done(1);
    while (!house.pool->post(WorkerPool::Share::passwords, "settle", [&done] { done.count_down(); }))
      continue;
    done.wait();
    house.loop->restart();
    quiet = house.loop->poll() == 0 && house.pool->queued() == 0 ? quiet + 1 : 0;
  }
}

}  // namespace doorward
