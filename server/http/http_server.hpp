#pragma once
// The HTTPS door of the REST API: a listener of its own and one thread for each connection, within the bounds
// of limits.hpp. A request is read whole, its caller found, and both handed to one handler as a value; what
// comes back is sent. Parsing and writing HTTP/1.1 is cpp-httplib's (conversation.hpp).
//
// One accepting thread; the handler and `identify` are called on the connections' threads, many at once.
#include "server/http/body_budget.hpp"
#include "server/http/callbacks.hpp"
#include "server/http/limits.hpp"
#include "server/http/seats.hpp"
#include "server/http/tls_socket.hpp"
#include "server/net/socket.hpp"
#include "server/net/tls_context.hpp"
#include "server/rest/wire/exchange.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace doorward::http {

class HttpServer {
 public:
  struct Options {
    std::string host;
    std::uint16_t port = 0;  // 0: any
    std::shared_ptr<TlsContext> tls;
    bool client_certificates = false;  // ask for one; `tls` has their authority
    Limits limits;
    Callbacks callbacks;
  };
  // Listens, and accepts from there on.
  static Result<std::unique_ptr<HttpServer>> listen(Options options);
  ~HttpServer();

  // `127.0.0.1:8443`, several with commas where the name has several addresses.
  std::string address() const;

  // Accepts no more, ends watches and idle connections at once, and the others after their request. Waits for
  // none of them. Once is enough.
  void drain();
  // Does that, and interrupts what is left `grace` after it. Returns when every thread has ended.
  void stop(std::chrono::milliseconds grace);

 private:
  explicit HttpServer(Options options);
  void accept();
  void start(Descriptor descriptor);
  void converse(TlsSocket& socket, Seats::Seat& seat);
  void join_finished();

  struct Connection;
  const Options options_;
  std::vector<ListeningSockets> listening_;
  Descriptor wake_;  // an eventfd: stop() tells the accepting thread
  BodyBudget bodies_;
  Seats seats_;
  std::list<Connection> connections_;  // of the accepting thread, and of stop() after it
  std::thread accepting_;
  std::chrono::steady_clock::time_point draining_since_;
};

}  // namespace doorward::http
