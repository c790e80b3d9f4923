#pragma once
// Accepts the connections of one listening socket on one loop, and hands each on with the slot that it holds.
// Where slots or descriptors run out it looks again after a pause, and the newest connections wait in the
// backlog.
//
// Belongs to its loop; every call is made there.
#include "server/amqp/connection_slots.hpp"
#include "server/login/login.hpp"
#include "server/net/socket.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace doorward {

class Listener {
 public:
  using OnConnection = std::function<void(Descriptor, std::string peer, ConnectionSlots::Slot)>;

  // Outlives its loop's run. `pause`: see AmqpLimits::accept_pause.
  Listener(LoopExecutor loop, Descriptor socket, std::string address, ConnectionSlots& slots,
           std::chrono::milliseconds pause, OnConnection on_connection);

  void start();
  // Takes what waits in the backlog now, then closes: closing at once would reset it. Who comes later is
  // reset, so that no stream of newcomers can put off the end.
  void drain();
  void close();

 private:
  using Socket = boost::asio::posix::basic_stream_descriptor<LoopExecutor>;

  Task<void> accept();
  bool over() const { return closed_ || (draining_ && still_taken_ == 0); }
  bool hand_on(Descriptor connection, const SocketAddress& peer, ConnectionSlots::Slot slot);
  void note_shortage(std::string_view what);

  Socket socket_;
  LoopTimer pause_timer_;
  const std::string address_;
  ConnectionSlots& slots_;
  const std::chrono::milliseconds pause_;
  const OnConnection on_connection_;
  bool draining_ = false;
  std::size_t still_taken_ = 0;  // while draining
  bool closed_ = false;
  bool short_ = false;  // and the log says so already
};

}  // namespace doorward
