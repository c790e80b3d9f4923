#include "server/health/health_server.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace doorward {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

// One may be busy with an answer that takes its time; the other answers the rest meanwhile.
constexpr std::size_t thread_count = 2;

// Of what comes first on a connection, looked for at once.
constexpr std::size_t first_read_bytes = 2'048;

void leave_signals_to_main() {
  sigset_t signals;
  sigfillset(&signals);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

http::response<http::string_body> response_to(const http::request<http::empty_body>& request,
                                              const HealthServer::Answer& answer) {
  const auto reply_with = [&](http::status status, std::string type, std::string body) {
    http::response<http::string_body> response(status, request.version());
    response.set(http::field::content_type, std::move(type));
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.keep_alive(request.keep_alive());
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
  };
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    auto refused = reply_with(http::status::method_not_allowed, "text/plain", "GET and HEAD only\n");
    refused.set(http::field::allow, "GET, HEAD");
    refused.keep_alive(false);  // a body may follow, which nobody reads
    return refused;
  }
  const std::string target(request.target());
  const std::size_t mark = target.find('?');
  HealthReply reply = answer({.path = target.substr(0, mark),
                              .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                              .accept = std::string(request[http::field::accept])});
  return reply_with(static_cast<http::status>(reply.status), std::move(reply.content_type),
                    std::move(reply.body));
}

}  // namespace

// On a strand of its own; `doing` is under the lock of the server's state.
struct HealthServer::Connection {
  explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}

  enum class Doing : std::uint8_t { waits, is_answered, turned_out };
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  Doing doing = Doing::waits;
};

struct HealthServer::State {
  State(Answer answers, const HealthLimits& bounds)
      : limits(bounds), answer(std::move(answers)), acceptor(asio::make_strand(io)) {}

  asio::awaitable<void> accept();
  asio::awaitable<void> serve(std::shared_ptr<Connection> connection);
  // False: it did not come in time.
  asio::awaitable<bool> first_byte(Connection& connection);
  // False: the connection is over.
  asio::awaitable<bool> answer_one(Connection& connection);

  // A place for a newcomer. False: each one is taken by somebody who is being answered.
  bool take_place(const std::shared_ptr<Connection>& newcomer);
  void leave_place(Connection& connection);
  // The request is there: nobody turns it out now. False where that has already happened.
  bool begin_answer(Connection& connection);
  void wait_again(const std::shared_ptr<Connection>& connection);

  const HealthLimits limits;
  const Answer answer;
  asio::io_context io{static_cast<int>(thread_count)};
  tcp::acceptor acceptor;
  std::string address;
  std::mutex mutex;
  std::size_t places_taken = 0;
  std::list<std::shared_ptr<Connection>> waiting;  // for a request; who has waited longest first
  std::array<std::thread, thread_count> threads;
};

asio::awaitable<void> HealthServer::State::accept() {
  while (true) {
    beast::error_code error;
    tcp::socket socket = co_await acceptor.async_accept(asio::make_strand(io),
                                                        asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, most likely: soon there may be some again.
      asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    auto connection = std::make_shared<Connection>(std::move(socket));
    if (!take_place(connection)) continue;  // the socket closes
    asio::co_spawn(connection->stream.get_executor(), serve(connection),
                   [this, connection](const std::exception_ptr&) { leave_place(*connection); });
  }
}

bool HealthServer::State::take_place(const std::shared_ptr<Connection>& newcomer) {
  const std::lock_guard lock(mutex);
  if (places_taken >= limits.connections) {
    if (waiting.empty()) return false;
    const std::shared_ptr<Connection> oldest = waiting.front();
    waiting.pop_front();
    --places_taken;
    oldest->doing = Connection::Doing::turned_out;
    asio::post(oldest->stream.get_executor(), [oldest] { oldest->stream.close(); });
  }
  ++places_taken;
  waiting.push_back(newcomer);
  return true;
}

void HealthServer::State::leave_place(Connection& connection) {
  const std::lock_guard lock(mutex);
  if (connection.doing == Connection::Doing::turned_out) return;
  std::erase_if(waiting, [&](const auto& other) { return other.get() == &connection; });
  --places_taken;
}

bool HealthServer::State::begin_answer(Connection& connection) {
  const std::lock_guard lock(mutex);
  if (connection.doing == Connection::Doing::turned_out) return false;
  std::erase_if(waiting, [&](const auto& other) { return other.get() == &connection; });
  connection.doing = Connection::Doing::is_answered;
  return true;
}

void HealthServer::State::wait_again(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex);
  connection->doing = Connection::Doing::waits;
  waiting.push_back(connection);
}

asio::awaitable<void> HealthServer::State::serve(std::shared_ptr<Connection> connection) {
  connection->buffer.max_size(limits.header_bytes);
  bool goes_on = co_await first_byte(*connection);
  while (goes_on) {
    goes_on = co_await answer_one(*connection);
    if (goes_on) wait_again(connection);
  }
  beast::error_code ignored;
  connection->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<bool> HealthServer::State::first_byte(Connection& connection) {
  beast::error_code error;
  connection.stream.expires_after(limits.first_byte);
  const auto room = connection.buffer.prepare(std::min(first_read_bytes, limits.header_bytes));
  const std::size_t count =
      co_await connection.stream.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
  connection.buffer.commit(count);
  co_return !error;
}

asio::awaitable<bool> HealthServer::State::answer_one(Connection& connection) {
  beast::tcp_stream& stream = connection.stream;
  beast::error_code error;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  stream.expires_after(limits.read);
  const std::size_t taken = co_await http::async_read_header(
      stream, connection.buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  // The parser lets a few more pass where a header comes in few pieces.
  if (error || taken > limits.header_bytes || !begin_answer(connection)) co_return false;
  const auto response = response_to(parser.get(), answer);
  const bool head = parser.get().method() == http::verb::head;
  // What a GET carries would be read as the next request.
  const bool keep = response.keep_alive() && !parser.get().has_content_length() && !parser.chunked();
  http::response_serializer<http::string_body> serializer(response);
  stream.expires_after(limits.write);
  if (head) {
    co_await http::async_write_header(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  } else {
    co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  }
  co_return keep && !error;
}

HealthServer::HealthServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<HealthServer>> HealthServer::listen(const std::string& host, std::uint16_t port,
                                                           Answer answer, const HealthLimits& limits) {
  auto state = std::make_unique<State>(std::move(answer), limits);
  beast::error_code error;
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::unavailable, "health port: cannot " + std::string(what) + " " + host + ":" +
                                            std::to_string(port) + ": " + error.message() +
                                            ". Choose another with --health");
  };
  const asio::ip::address ip = asio::ip::make_address(host, error);
  if (error) return refuse("listen on");
  const tcp::endpoint endpoint(ip, port);
  if (state->acceptor.open(endpoint.protocol(), error)) return refuse("open");
  state->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (state->acceptor.bind(endpoint, error)) return refuse("bind");
  if (state->acceptor.listen(asio::socket_base::max_listen_connections, error)) return refuse("listen on");
  const tcp::endpoint bound = state->acceptor.local_endpoint(error);
  if (error) return refuse("listen on");
  state->address = (ip.is_v6() ? "[" + bound.address().to_string() + "]" : bound.address().to_string()) +
                   ":" + std::to_string(bound.port());
  asio::co_spawn(state->acceptor.get_executor(), state->accept(), asio::detached);
  for (std::thread& thread : state->threads) {
    thread = std::thread([&io = state->io] {
      leave_signals_to_main();
      io.run();
    });
  }
  return std::unique_ptr<HealthServer>(new HealthServer(std::move(state)));
}

HealthServer::~HealthServer() {
  state_->io.stop();
  for (std::thread& thread : state_->threads) thread.join();
}

const std::string& HealthServer::address() const { return state_->address; }

}  // namespace doorward
