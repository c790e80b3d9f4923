#pragma once
// One login as a router plays it, over a connection of its own, and the same bytes without meaning against
// the floor. Over plain TCP and over TLS alike.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace doorward::bench {

using Executor = boost::asio::io_context::executor_type;
template <class T>
using Task = boost::asio::awaitable<T, Executor>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using TlsStream = boost::asio::ssl::stream<Socket&>;

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
  std::uint32_t max_frame_size = 0;  // declared in `open`; 0: none is
  // The other side is a broker of its own: it says no identity, and awaits the client's close.
  bool broker = false;
  // SCRAM: salt and iterations -> SaltedPassword, so that the generator's PBKDF2 runs once, as in a client
  // that keeps its keys. Shared by all that have the password, on one thread.
  using SaltedPasswords = std::map<std::pair<std::string, unsigned>, std::string>;
  // Else a guess: the key is made up at no cost, as if derived long ago. It is as wrong, and as much work for
  // the server.
  bool derives = true;
  std::shared_ptr<SaltedPasswords> salted_passwords = std::make_shared<SaltedPasswords>();
};

// Logs in, reads `open` and `close`, closes. Answers what was moved; throws std::runtime_error where the
// server did anything but let the user in with an identity.
// `Stream`: Socket or TlsStream.
template <class Stream>
Task<Script> login(Stream& stream, Account& account);

// Moves the same bytes in the same round trips.
template <class Stream>
Task<void> replay(Stream& stream, const Script& script);

}  // namespace doorward::bench
