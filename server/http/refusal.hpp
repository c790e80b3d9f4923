#pragma once
// Why a request got no further than this room: the code of HTTP and, for whoever reads JSON, the `Status`
// object of Kubernetes that says the same.
#include <string>
#include <string_view>

namespace doorward::http {

struct Refusal {
  int status;               // of HTTP
  std::string_view reason;  // of Kubernetes: BadRequest, RequestEntityTooLarge, ...
  std::string message;      // what to do about it; nothing that the client sent
};

std::string status_object(const Refusal& refusal);

// For a status that the HTTP library chose by itself.
Refusal refusal_of(int status);

}  // namespace doorward::http
