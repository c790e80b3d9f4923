#pragma once
// Where to listen: an IP address and a port. Names are not resolved (a resolver's answer would decide who can
// reach the service), except `localhost`.
#include "store/model/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace doorward {

struct Address {
  std::string host;  // an IP address in its canonical form, without brackets
  std::uint16_t port = 0;

  // `127.0.0.1:5672`, `[::1]:5672`, `localhost:5672`; port 0 takes any free one.
  static Result<Address> parse(std::string_view text);

  bool is_loopback() const;
  std::string text() const;
  bool operator==(const Address&) const = default;
};

}  // namespace doorward
