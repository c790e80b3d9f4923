#pragma once
// The bytes of one connection, plain TCP or TLS. recv and send, or SSL_read and SSL_write, go straight to the
// descriptor; Asio is only asked to wait. That is as fast as asio::ssl and keeps 17 KB for an idle TLS
// connection instead of 72.
//
// Belongs to one session on one loop; every call is made there. stop() makes the wait that is under way and
// all later ones end.
#include "server/login/login.hpp"
#include "server/net/socket.hpp"
#include "store/model/login_fact.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <openssl/ssl.h>

namespace doorward {

// Why a conversation cannot go on: the reason for the fact, the detail for the log.
struct Broken {
  LoginReason reason;
  std::string detail;

  // By what the peer sent, rather than by its silence or its end.
  bool breaks_protocol() const {
    return reason == LoginReason::protocol_error || reason == LoginReason::frame_too_long;
  }
};

enum class Io : std::uint8_t {
  done,
  want_read,
  want_write,
  ended,   // the peer has closed in order
  failed,  // reset, or a TLS fault
};
struct IoResult {
  Io state;
  std::size_t bytes = 0;
};

class Transport {
 public:
  Transport(LoopExecutor executor, Descriptor descriptor);

  // The TLS handshake, the server's side. `verify` is SSL_VERIFY_NONE, or SSL_VERIFY_PEER with or without
  // SSL_VERIFY_FAIL_IF_NO_PEER_CERT.
  Task<std::expected<void, Broken>> secure(std::shared_ptr<SSL_CTX> context, int verify);
  bool is_tls() const { return ssl_ != nullptr; }
  // What the client asked for by SNI: any bytes, or nothing.
  std::string_view server_name() const;

  // Whether TLS holds bytes that were received and not read, which no descriptor shows.
  bool holds_unread() const { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }

  // What a read would find, without reading: done for bytes. A system call.
  Io peek();

  // At most `size` bytes, without waiting.
  IoResult read(char* into, std::size_t size);
  IoResult write(std::string_view bytes);

  // Until read() or write() may get further. A stopped transport is never ready: ask stopped() first and
  // after. To be awaited at once, as receive() is: without a coroutine of its own.
  auto ready(Io want) {
    return socket_.async_wait(want == Io::want_write ? Socket::wait_write : Socket::wait_read,
                              boost::asio::as_tuple(boost::asio::deferred));
  }
  // Waits for plain TCP and reads in one: Asio spares the epoll_ctl that each ready() costs. What it gives is
  // for result_of(). REQUIRES: !is_tls(), not stopped.
  auto receive(char* into, std::size_t size) {
    return socket_.async_receive(boost::asio::buffer(into, size),
                                 boost::asio::as_tuple(boost::asio::deferred));
  }
  static IoResult result_of(const std::tuple<boost::system::error_code, std::size_t>& received);

  // No more from us: close_notify, then the end of the stream. The peer still gets all that was written.
  void end_sending();
  // Throws away at most `limit` bytes that the peer sent, without waiting.
  IoResult discard(std::size_t limit);

  // The first reason counts.
  void stop(LoginReason reason);
  const std::optional<LoginReason>& stopped() const { return stopped_; }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, LoopExecutor>;
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  IoResult tls_result(int result, std::size_t bytes);
  Task<std::expected<void, Broken>> expect_client_hello();

  Socket socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::optional<LoginReason> stopped_;
  bool tls_established_ = false;
};

}  // namespace doorward
