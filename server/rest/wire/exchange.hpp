#pragma once
// One request and one response of the REST API as values: what server/http reads off a connection and sends
// back, and all that the rest of this room sees of HTTP.
#include "policies/rbac.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace doorward::rest {

struct Response;

struct Request {
  std::string method;        // GET, POST, PUT, PATCH, DELETE
  std::string path;          // as sent, still percent-encoded, without the query
  std::string query;         // as sent, without the question mark
  std::string accept;        // header `Accept`
  std::string content_type;  // header `Content-Type`
  std::string user_agent;
  std::string body;        // whole and within the server's bound
  rbac::Caller caller;     // who sent it; already authenticated, not yet authorized
  std::string peer;        // HOST:PORT
  std::string request_id;  // of the log, the audit and the reply's header
  // Who sent it, asked anew by what it showed, or the response that says why that is not known any more. Only
  // for what outlasts the request, on the thread that sends it. Null: it is not asked.
  std::function<std::expected<rbac::Caller, Response>()> identify_again = {};
  // How long it may wait for a turn, where it needs one, so that there is time to do it.
  std::chrono::steady_clock::time_point patience = std::chrono::steady_clock::time_point::max();
};

// What a watch sends, piece by piece, on the thread that serves the connection.
class Stream {
 public:
  virtual ~Stream() = default;
  // Waits until `deadline` at most for more to send. The next piece, empty where there is none yet; nothing
  // at the end of the stream. stop() makes a waiting call return at once, from any thread.
  virtual std::optional<std::string> next(std::chrono::steady_clock::time_point deadline) = 0;
  virtual void stop() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;  // `Warning`, `Retry-After`
  std::string body;
  std::shared_ptr<Stream> stream;  // instead of a body
};

}  // namespace doorward::rest
