#pragma once
// What systemd is told of a unit of Type=notify (sd_notify(3)): one datagram to the socket that NOTIFY_SOCKET
// names. Without that variable nothing is told. Any thread, after construction.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET, and WATCHDOG_USEC where WATCHDOG_PID is this process or not there.
  static ServiceManager from_environment();
  // An empty socket: nobody listens. One that begins with `@` is in the abstract namespace.
  ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  void ready() const { tell("READY=1"); }
  // Around a reload; ready() ends it.
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  void alive() const { tell("WATCHDOG=1"); }

  // Within which it has to hear alive() again; nothing: it does not watch.
  const std::optional<std::chrono::microseconds>& watchdog() const { return watchdog_; }

 private:
  void tell(std::string_view state) const;

  const std::string socket_;
  const std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace doorward
