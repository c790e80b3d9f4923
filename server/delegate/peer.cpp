#include "server/delegate/peer.hpp"

#include "store/model/names.hpp"

namespace doorward::delegate {

// HOST:PORT, where an IPv6 address stands in brackets (RFC 3986, section 3.2.2).
Result<Peer> Peer::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid, quoted(text) + " is not HOST:PORT, like localhost:5672 or [::1]:5672");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return refuse();
  }
  const bool digits = port.find_first_not_of("0123456789") == std::string_view::npos;
  if (host.empty() || port.empty() || !digits || port.size() > 5 || std::stoi(std::string(port)) > 65'535) {
    return refuse();
  }
  return Peer{.host = std::string(host), .port = std::string(port), .tls = std::nullopt};
}

std::string Peer::text() const {
  return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

}  // namespace doorward::delegate
