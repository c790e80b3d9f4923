#include "server/rest/wire/body.hpp"

#include "server/rest/wire/protobuf.hpp"

#include <algorithm>

namespace doorward::rest {

std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return type;
}

Reply<JsonBody> read_body(const Request& request, BodyKind kind) {
  JsonBounds bounds;
  if (kind != BodyKind::object) bounds.bytes = max_review_bytes;
  if (request.body.size() > bounds.bytes) return body_too_large(bounds);
  const std::string type = media_type(request.content_type);
  // A client that names no type means JSON.
  if (type.empty() || type == "application/json" || type == "*/*") return read_json(request.body, bounds);
  if (type == "application/yaml") return read_json_or_yaml(request.body, bounds);
  if (type == "application/vnd.kubernetes.protobuf") {
    auto value = read_protobuf(request.body, kind == BodyKind::delete_options ? "DeleteOptions" : "");
    if (!value) return std::unexpected(std::move(value.error()));
    return JsonBody{std::move(*value), {}};
  }
  return unsupported_media_type("application/json, application/yaml");
}

}  // namespace doorward::rest
