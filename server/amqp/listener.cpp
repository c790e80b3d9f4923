#include "server/amqp/listener.hpp"

#include "server/ops/log.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace doorward {
namespace {

// After so many in a row the sessions get their turn.
constexpr int burst = 32;

// Faults of the connection that was about to be accepted (accept(2)): the next may be fine.
bool concerns_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

// Of a listening socket, tcpi_unacked is the length of its backlog (tcp_get_info of the kernel). 0 where it
// does not say.
std::size_t waiting_in_backlog(int listening) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(listening, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_unacked : 0;
}

}  // namespace

Listener::Listener(LoopExecutor loop, Descriptor socket, std::string address, ConnectionSlots& slots,
                   std::chrono::milliseconds pause, OnConnection on_connection)
    : socket_(loop),
      pause_timer_(loop),
      address_(std::move(address)),
      slots_(slots),
      pause_(pause),
      on_connection_(std::move(on_connection)) {
  socket_.assign(socket.get());
  socket.release();
}

void Listener::start() { boost::asio::co_spawn(socket_.get_executor(), accept(), boost::asio::detached); }

void Listener::drain() {
  draining_ = true;
  still_taken_ = waiting_in_backlog(socket_.native_handle());
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Listener::close() {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  pause_timer_.cancel();
}

Task<void> Listener::accept() {
  const auto quietly = boost::asio::as_tuple(boost::asio::deferred);
  for (int accepted = 1; !over(); ++accepted) {
    if (accepted % burst == 0) {
      co_await boost::asio::post(socket_.get_executor(), quietly);
      // All sessions may have been told to end meanwhile: one more would not hear of it.
      if (over()) break;
    }
    std::optional<ConnectionSlots::Slot> slot = slots_.take();
    if (slot) {
      SocketAddress peer;
      Descriptor connection(
          ::accept4(socket_.native_handle(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (connection) {
        if (draining_) --still_taken_;
        if (hand_on(std::move(connection), peer, *std::move(slot))) continue;
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        slot.reset();
        if (draining_) break;
        co_await socket_.async_wait(Socket::wait_read, quietly);
        continue;
      } else if (concerns_one_connection(errno)) {
        continue;
      } else {
        note_shortage(::strerrordesc_np(errno));
      }
      slot.reset();
    } else {
      note_shortage("as many connections as limits.connections allows");
    }
    pause_timer_.expires_after(pause_);
    co_await pause_timer_.async_wait(quietly);
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
}

// False where it failed; the connection is then gone.
bool Listener::hand_on(Descriptor connection, const SocketAddress& peer, ConnectionSlots::Slot slot) {
  try {
    on_connection_(std::move(connection), peer.text(), std::move(slot));
  } catch (const std::exception& e) {
    note_shortage(e.what());
    return false;
  }
  short_ = false;
  return true;
}

void Listener::note_shortage(std::string_view what) {
  if (std::exchange(short_, true)) return;
  log::warning("new connections wait", {{"listener", address_}, {"reason", what}, {"open", slots_.taken()}});
}

}  // namespace doorward
