#pragma once
// One login as a router plays it, over a socket of its own, and the same bytes without meaning against the
// floor.
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace doorward::bench {

using Executor = boost::asio::io_context::executor_type;
template <class T>
using Task = boost::asio::awaitable<T, Executor>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

// What one round trip moved: the client's bytes, then the server's.
struct Turn {
  std::size_t sent = 0;
  std::size_t received = 0;
};
using Script = std::vector<Turn>;

// Who logs in, and what can be computed once for all logins of a user.
struct Account {
  std::string realm;
  std::string mechanism;
  std::string user;
  std::string password;
  // SCRAM: salt and iterations -> SaltedPassword, so that the generator's PBKDF2 runs once, as in a client
  // that keeps its keys.
  std::map<std::pair<std::string, unsigned>, std::string> salted_passwords;
};

// Logs in, reads `open` and `close`, closes. Answers what was moved; throws std::runtime_error where the
// server did anything but let the user in with an identity.
Task<Script> login(Socket& socket, Account& account);

// Moves the same bytes in the same round trips.
Task<void> replay(Socket& socket, const Script& script);

}  // namespace doorward::bench
