#include "server/config/address.hpp"

#include "store/model/names.hpp"

#include <arpa/inet.h>
#include <charconv>

namespace doorward {
namespace {

// The canonical form of an IP address; empty for what is none.
std::string canonical_ip(const std::string& text, int family) {
  unsigned char bytes[sizeof(in6_addr)];
  char canonical[INET6_ADDRSTRLEN];
  if (text.find('\0') != std::string::npos || inet_pton(family, text.c_str(), bytes) != 1) return "";
  return inet_ntop(family, bytes, canonical, sizeof canonical);
}

}  // namespace

// address = ( IPv4 / "[" IPv6 "]" / "localhost" ) ":" port
Result<Address> Address::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::invalid, quoted(text) + " " + std::string(why));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    const bool is_port =
        !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_port) return refuse("has no host: write HOST:PORT, such as 127.0.0.1:" + std::string(text));
    return refuse("has no port: write HOST:PORT, such as 127.0.0.1:5672");
  }

  const std::string_view port_text = text.substr(colon + 1);
  Address address;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), address.port);
  if (error != std::errc() || end != port_text.data() + port_text.size()) {
    return refuse("has no valid port: give a number from 0 (any free port) to 65535");
  }

  const std::string_view host = text.substr(0, colon);
  if (host == "localhost") {
    address.host = "127.0.0.1";
  } else if (host.starts_with('[') && host.ends_with(']')) {
    address.host = canonical_ip(std::string(host.substr(1, host.size() - 2)), AF_INET6);
  } else {
    address.host = canonical_ip(std::string(host), AF_INET);
  }
  if (address.host.empty()) {
    return refuse(
        "is no IP address with a port: write 0.0.0.0:PORT for every interface, [::1]:PORT for IPv6");
  }
  return address;
}

bool Address::is_loopback() const { return host == "::1" || host.starts_with("127."); }

std::string Address::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace doorward
