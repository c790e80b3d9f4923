#include "server/http/http_server.hpp"

#include "server/http/conversation.hpp"
#include "server/ops/log.hpp"
#include "store/model/wiped_frees.hpp"
#include "store/model/wiped_stack.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace doorward::http {
namespace {

constexpr int backlog = 4'096;
constexpr std::chrono::milliseconds goodbye{2'000};
constexpr std::chrono::milliseconds out_of_descriptors{50};

}  // namespace

struct HttpServer::Connection {
  explicit Connection(Descriptor descriptor) : socket(std::move(descriptor)) {}
  TlsSocket socket;
  std::atomic<bool> finished = false;
  std::thread thread;
};

HttpServer::HttpServer(Options options)
    : options_(std::move(options)),
      bodies_(options_.limits.all_bodies_bytes, options_.limits.bodies_bytes_of_caller),
      seats_(options_.limits.connections, options_.limits.watches, options_.limits.watches_of_caller) {}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Options options) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(options)));
  auto listening = listen_on(server->options_.host, server->options_.port, 1, backlog);
  if (!listening) return std::unexpected(listening.error());
  server->listening_ = std::move(*listening);
  server->wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!server->wake_) {
    return fail(ErrorCode::unavailable,
                std::string("https: no descriptor is left: ") + ::strerrordesc_np(errno));
  }
  server->accepting_ = std::thread([raw = server.get()] { raw->accept(); });
  return server;
}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

std::string HttpServer::address() const {
  std::string text;
  for (const ListeningSockets& each : listening_) text += (text.empty() ? "" : ",") + each.address.text();
  return text;
}

// The library's own loop would end for good at an error that passes, such as a connection that was reset
// before it was accepted, and its backlog is 5.
void HttpServer::accept() {
  std::vector<pollfd> asked{{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
  for (const ListeningSockets& each : listening_) {
    asked.push_back({.fd = each.sockets.front().get(), .events = POLLIN, .revents = 0});
  }
  for (;;) {
    if (::poll(asked.data(), asked.size(), -1) < 0 && errno != EINTR) continue;
    if (asked.front().revents != 0) return;
    for (std::size_t i = 1; i < asked.size(); ++i) {
      if (asked[i].revents == 0) continue;
      join_finished();
      Descriptor accepted(::accept4(asked[i].fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (accepted) {
        start(std::move(accepted));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        // The connection stays in the backlog; waking up for it again and again would help nobody.
        (void)::poll(asked.data(), 1, static_cast<int>(out_of_descriptors.count()));
      }
    }
  }
}

void HttpServer::start(Descriptor descriptor) {
  Connection& connection = connections_.emplace_back(std::move(descriptor));
  Seats::Seat* seat = seats_.take([&connection] { connection.socket.interrupt(); });
  if (seat == nullptr) {
    connections_.pop_back();
    return;
  }
  try {
    connection.thread = std::thread([this, &connection, seat] {
      converse(connection.socket, *seat);
      // From here on nobody interrupts the socket, so it may close.
      seats_.leave(seat);
      connection.socket.close(std::chrono::steady_clock::now() + goodbye);
      connection.finished = true;
    });
  } catch (const std::system_error& error) {
    log::warning("https: connection refused, no thread can be started", {{"reason", error.what()}});
    seats_.leave(seat);
    connections_.pop_back();
  }
}

void HttpServer::converse(TlsSocket& socket, Seats::Seat& seat) {
  const WipedFrees wiping;  // requests have tokens and passwords in them
  const Deadline deadline = std::chrono::steady_clock::now() + options_.limits.first_byte;
  const bool ask = options_.client_certificates;
  const TlsSocket::Outcome outcome = socket.handshake(*options_.tls, ask, deadline);
  if (outcome != TlsSocket::Outcome::done) {
    const std::string reason =
        outcome == TlsSocket::Outcome::late ? "no TLS handshake in time" : socket.fault();
    log::debug("https: no connection", {{"peer", socket.peer().text()}, {"reason", reason}});
    return;
  }
  Conversation(socket, options_.limits, options_.callbacks, bodies_, seats_, seat).run(deadline);
  wipe_stack();
}

void HttpServer::join_finished() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (it->finished) {
      it->thread.join();
      it = connections_.erase(it);
    } else {
      ++it;
    }
  }
}

void HttpServer::drain() {
  if (!accepting_.joinable()) return;
  draining_since_ = std::chrono::steady_clock::now();
  seats_.stop();  // also wakes the accepting thread where it waits for a place
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
  accepting_.join();
  for (ListeningSockets& each : listening_) each.sockets.clear();
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  drain();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(draining_since_ + grace -
                                                                          std::chrono::steady_clock::now());
  seats_.empty(std::max(left, std::chrono::milliseconds(0)));
  for (Connection& connection : connections_) connection.thread.join();
  connections_.clear();
}

}  // namespace doorward::http
