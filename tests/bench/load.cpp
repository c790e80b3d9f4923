// The load generator: logs in again and again as a router does, one connection for each login, with a fixed
// number of them under way at a time, on one thread, over plain TCP or TLS, as one user or as many. Prints
// one JSON object. What it costs itself is nobody's business: the server's CPU time is read from outside
// (tests/bench/run).
#include "server/amqp/wire/frame.hpp"
#include "tests/bench/conversation.hpp"
#include "tests/bench/population.hpp"
#include "tests/bench/tls_client.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

namespace {

namespace asio = boost::asio;
using namespace doorward::bench;
using Clock = std::chrono::steady_clock;
constexpr asio::use_awaitable_t<Executor> awaited;

struct Run {
  asio::ip::tcp::endpoint server;
  Account account;
  std::optional<Population> population;  // who logs in, in place of the account's user
  std::unique_ptr<TlsClient> tls;        // null: plain TCP
  Script script;                         // not empty: replay this against the floor
  bool guesses = false;                  // a new password for each login, the account's with a number
  // That a login has before the client ends its connection; 0: no end.
  std::chrono::milliseconds patience{0};
  std::size_t left = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::string first_failure;
  std::map<std::string, std::size_t> failures;  // how many of each kind
  std::vector<double> milliseconds;
};

template <class Stream>
Task<void> converse(Stream& stream, Run& run, Account& account) {
  if (run.script.empty()) {
    co_await login(stream, account);
  } else {
    co_await replay(stream, run.script);
  }
  if (account.broker) co_return;  // which waits for the client to end the connection
  char rest;                      // the server ends the connection: its last step is part of the login
  boost::system::error_code end;
  co_await stream.async_read_some(asio::buffer(&rest, 1), asio::redirect_error(awaited, end));
  if (end != asio::error::eof) throw std::runtime_error("bytes or a reset behind close: " + end.message());
}

Task<void> connect(Socket& socket, Run& run) {
  co_await socket.async_connect(run.server, awaited);
  socket.set_option(asio::ip::tcp::no_delay(true));
}

Task<TlsStream> secure(Socket& socket, Run& run) {
  const bool resumes = run.tls->resumes();
  TlsStream stream = run.tls->stream(socket);
  co_await stream.async_handshake(asio::ssl::stream_base::client, awaited);
  if (resumes && !TlsClient::resumed(stream))
    throw std::runtime_error("a full handshake where a session was to be resumed");
  co_return stream;
}

// Ends the connection where the login is not over in time.
void hang_up(asio::steady_timer& timer, const std::shared_ptr<Socket>& socket) {
  timer.async_wait([weak = std::weak_ptr(socket)](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    if (const auto under_way = weak.lock()) under_way->close();
  });
}

// `later`: those who hang up come one after the other, and not all at once again and again.
Task<void> worker(Run& run, Clock::duration later) {
  Account account = run.account;
  account.derives = !run.guesses;
  asio::steady_timer start(co_await asio::this_coro::executor, later);
  if (later.count() > 0) co_await start.async_wait(awaited);
  while (run.left > 0) {
    --run.left;
    const auto begun = Clock::now();
    try {
      if (run.guesses) {
        account.password = run.account.password + " " + std::to_string(run.left);
      }
      if (run.population) std::tie(account.realm, account.user) = run.population->next();
      const auto socket = std::make_shared<Socket>(co_await asio::this_coro::executor);
      asio::steady_timer timer(socket->get_executor(), run.patience);
      if (run.patience.count() > 0) hang_up(timer, socket);
      co_await connect(*socket, run);
      if (run.tls) {
        TlsStream stream = co_await secure(*socket, run);
        co_await converse(stream, run, account);
      } else {
        co_await converse(*socket, run, account);
      }
      ++run.done;
      run.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
    } catch (const std::exception& error) {
      if (run.failed++ == 0) run.first_failure = error.what();
      ++run.failures[error.what()];
    }
  }
}

template <class Stream>
void say_header(Stream& stream) {
  asio::write(stream, asio::buffer(doorward::wire::sasl_header));
  std::string answer(8, '\0');
  asio::read(stream, asio::buffer(answer));
}

// Connections that send the header and nothing else, held until standard input ends.
int hold_idle(asio::io_context& loop, Run& run, std::size_t count) {
  std::list<Socket> sockets;
  std::list<TlsStream> streams;
  for (std::size_t i = 0; i < count; ++i) {
    Socket& socket = sockets.emplace_back(loop.get_executor());
    socket.connect(run.server);
    if (run.tls) {
      TlsStream& stream = streams.emplace_back(run.tls->stream(socket));
      stream.handshake(asio::ssl::stream_base::client);
      say_header(stream);
    } else {
      say_header(socket);
    }
  }
  std::cout << "{\"idle\": " << count << "}" << std::endl;
  std::cin.get();
  return 0;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

Script parse_script(const std::string& text) {
  Script script;
  std::istringstream turns(text);
  for (std::string turn; std::getline(turns, turn, ',');) {
    Turn& t = script.emplace_back();
    if (std::sscanf(turn.c_str(), "%zu:%zu", &t.sent, &t.received) != 2)
      throw CLI::ValidationError("--replay", "wants SENT:RECEIVED,SENT:RECEIVED,...");
  }
  return script;
}

std::string format_script(const Script& script) {
  std::string text;
  for (const Turn& turn : script)
    text += (text.empty() ? "" : ",") + std::to_string(turn.sent) + ":" + std::to_string(turn.received);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Logs in as a router does, many times; prints a JSON object"};
  std::string host = "127.0.0.1", script_text;
  unsigned short port = 0;
  std::size_t logins = 1000, concurrency = 16, idle = 0;
  std::size_t users = 0, realms = 1, patience = 0;
  bool record = false, tls = false, resume = false, zipf = false;
  Run run;
  app.add_option("--port", port, "Port of the server on 127.0.0.1")->required();
  app.add_option("--realm", run.account.realm);
  app.add_option("--mechanism", run.account.mechanism);
  app.add_option("--user", run.account.user);
  app.add_option("--password", run.account.password);
  app.add_flag("--guess", run.guesses, "A new password for each login: --password and a number");
  app.add_option("--hang-up", patience,
                 "Milliseconds after which a client ends a login that is not over, and comes with the next; "
                 "they begin spread over as long");
  app.add_option("--max-frame", run.account.max_frame_size, "The max-frame-size to declare");
  app.add_flag("--broker", run.account.broker,
               "The other side is a broker that is logged into, and no service");
  app.add_option("--logins", logins);
  app.add_option("--concurrency", concurrency, "Logins under way at a time");
  app.add_flag("--record", record, "Log in once and print what was moved, for --replay and bench_floor");
  app.add_option("--replay", script_text, "Move these bytes against the floor instead");
  app.add_flag("--tls", tls, "TLS 1.3 with a full handshake each");
  app.add_flag("--resume", resume, "With --tls: resume the first session")->needs("--tls");
  app.add_option("--users", users, "Log in as one of so many, as bench_fill makes them, in place of --user");
  app.add_option("--realms", realms, "That they are in");
  app.add_flag("--zipf", zipf, "Some of them far more often than others");
  app.add_option("--idle", idle, "Hold this many connections that have sent their header, until input ends");
  CLI11_PARSE(app, argc, argv);

  asio::io_context loop(1);
  run.server = {asio::ip::make_address_v4(host), port};
  if (tls) run.tls = std::make_unique<TlsClient>(resume);
  if (users > 0) run.population.emplace(users, realms, zipf);
  if (idle > 0) return hold_idle(loop, run, idle);

  if (record) {
    Script script;
    std::exception_ptr failure;
    asio::co_spawn(
        loop,
        [&]() -> Task<void> {
          Socket socket(co_await asio::this_coro::executor);
          co_await connect(socket, run);
          script = co_await login(socket, run.account);
        },
        [&](std::exception_ptr error) { failure = error; });
    loop.run();
    if (failure) std::rethrow_exception(failure);
    std::cout << nlohmann::json{{"script", format_script(script)}} << std::endl;
    return 0;
  }

  run.script = parse_script(script_text);
  run.patience = std::chrono::milliseconds(patience);
  run.left = logins;
  const auto begun = Clock::now();
  // Whoever disturbs is ended by it, and still says what it did.
  asio::signal_set ended(loop, SIGTERM);
  ended.async_wait([&loop](const boost::system::error_code& cancelled, int) {
    if (!cancelled) loop.stop();
  });
  std::size_t under_way = concurrency;
  for (std::size_t i = 0; i < concurrency; ++i) {
    asio::co_spawn(loop, worker(run, run.patience * i / concurrency), [&](const std::exception_ptr&) {
      if (--under_way == 0) ended.cancel();
    });
  }
  loop.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::sort(run.milliseconds.begin(), run.milliseconds.end());
  std::cout << nlohmann::json{{"done", run.done},
                              {"failed", run.failed},
                              {"first_failure", run.first_failure},
                              {"failures", run.failures},
                              {"seconds", seconds},
                              {"p50_ms", quantile(run.milliseconds, 0.5)},
                              {"p99_ms", quantile(run.milliseconds, 0.99)},
                              {"max_ms", quantile(run.milliseconds, 1.0)}}
            << std::endl;
  return run.failed == 0 ? 0 : 1;
}
