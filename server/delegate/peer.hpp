#pragma once
// Where a delegate connects, and how it is to trust what it finds there.
#include "store/model/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace doorward::delegate {

struct TlsSettings {
  std::string ca_file;           // replaces the system's authorities; empty: these
  std::string certificate_file;  // of the delegate, with its chain; may be empty
  std::string key_file;          // for it
  std::string server_name;       // SNI; empty: none is sent
};

struct Peer {
  std::string host;  // a name or an address; the peer's certificate must be for it
  std::string port;
  std::optional<TlsSettings> tls;

  // HOST:PORT, [IPv6 ADDRESS]:PORT.
  static Result<Peer> parse(std::string_view text);
  std::string text() const;
};

}  // namespace doorward::delegate
