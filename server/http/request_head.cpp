#include "server/http/request_head.hpp"

#include "server/http/framing.hpp"

#include <algorithm>

namespace doorward::http {
namespace {

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

}  // namespace

std::string header_of(const HeadSyntax::Headers& headers, std::string_view name) {
  for (const auto& [known, value] : headers) {
    if (same_header(known, name)) return value;
  }
  return {};
}

bool is_known_method(std::string_view method) {
  return std::ranges::find(methods, method) != std::ranges::end(methods);
}

bool reads_body(std::string_view method) { return method != "GET" && method != "HEAD"; }

Refusal unknown_method() {
  return {405, "MethodNotAllowed", "the method is not known: use GET, HEAD, POST, PUT, PATCH or DELETE"};
}

rest::Request read_head(std::string_view method, std::string_view target,
                        const HeadSyntax::Headers& headers) {
  const std::size_t question = target.find('?');
  rest::Request request;
  request.method = method == "HEAD" ? "GET" : method;
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  request.accept = header_of(headers, "Accept");
  request.content_type = header_of(headers, "Content-Type");
  request.user_agent = header_of(headers, "User-Agent");
  return request;
}

std::optional<Refusal> fault_of(std::string_view method, std::string_view target,
                                const HeadSyntax::Headers& headers) {
  if (!is_known_method(method)) return unknown_method();
  if (!target.starts_with('/'))
    return Refusal{400, "BadRequest", "the request's target must be a path that begins with `/`"};
  const std::string coding = header_of(headers, "Content-Encoding");
  if (!coding.empty() && !same_header(coding, "identity"))
    return Refusal{415, "UnsupportedMediaType", "no body is unpacked: send it without Content-Encoding"};
  return std::nullopt;
}

bool impersonates(const HeadSyntax::Headers& headers) {
  static constexpr std::string_view prefix = "Impersonate-";
  return std::ranges::any_of(headers, [](const auto& header) {
    return same_header(std::string_view(header.first).substr(0, prefix.size()), prefix);
  });
}

}  // namespace doorward::http
