#pragma once
// What the HTTPS server asks of the rest of the house. Called on the connections' threads, many at once.
#include "server/http/tls_socket.hpp"
#include "server/rest/wire/exchange.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace doorward::http {

// What a request shows of its sender, before anything of its body is read.
struct Credentials {
  std::string authorization;       // header `Authorization`; empty: none
  std::optional<Subject> subject;  // of a certificate that the authority of clients signed, and that counts
  bool impersonates = false;       // some header `Impersonate-...` is there
  std::string from;                // address of the client, without its port
  std::stop_token interrupted{};   // nobody waits for an answer any more: what asks somebody else gives up
  std::string lapse{};             // why the certificate that it showed counts no longer; empty: it does
};

struct Callbacks {
  std::function<rest::Response(rest::Request&&)> answer;
  // Who asks for this path, or the response that says why that cannot be told.
  std::function<std::expected<rbac::Caller, rest::Response>(const Credentials&, std::string_view path)>
      identify;
  // A request with a body, of which only the head is there yet: the response that head alone calls for, such
  // as that its caller may not ask for this. Nothing: its body is read, and it goes to `answer`.
  std::function<std::optional<rest::Response>(const rest::Request&)> refuse;
};

}  // namespace doorward::http
