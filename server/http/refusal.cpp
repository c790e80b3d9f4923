#include "server/http/refusal.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace doorward::http {

rest::Response response_of(const Refusal& refusal) {
  const nlohmann::ordered_json status{
      {"kind", "Status"},      {"apiVersion", "v1"},         {"metadata", nlohmann::json::object()},
      {"status", "Failure"},   {"message", refusal.message}, {"reason", refusal.reason},
      {"code", refusal.status}};
  return {.status = refusal.status,
          .body = status.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

rest::Response later(std::string what) {
  rest::Response response = response_of({429, "TooManyRequests", std::move(what) + ": try again later"});
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Refusal refusal_of(int status) {
  switch (status) {
    case 400:
      return {400, "BadRequest", "the request cannot be read as HTTP/1.1"};
    case 413:
      return {413, "RequestEntityTooLarge", "the body is too large"};
    case 414:
      return {414, "BadRequest", "the path and query are too long: 8 KiB at most"};
    case 416:
      return {416, "BadRequest", "ranges are not served: leave the header Range out"};
    default:
      return {status, "InternalError", "the request could not be answered"};
  }
}

}  // namespace doorward::http
