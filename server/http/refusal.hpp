#pragma once
// Why a request got no further than this room: the code of HTTP and, for whoever reads JSON, the `Status`
// object of Kubernetes that says the same.
#include "server/rest/wire/exchange.hpp"

#include <string>
#include <string_view>

namespace doorward::http {

struct Refusal {
  int status;               // of HTTP
  std::string_view reason;  // of Kubernetes: BadRequest, RequestEntityTooLarge, ...
  std::string message;      // what to do about it; nothing that the client sent
};

rest::Response response_of(const Refusal& refusal);
// 429: `what` is too much now, and will not be for long.
rest::Response later(std::string what);

// For a status that the HTTP library chose by itself.
Refusal refusal_of(int status);

}  // namespace doorward::http
