#include "server/rest/wire/target.hpp"

#include <utility>

namespace doorward::rest {

std::optional<Target> target_of(const std::vector<std::string>& segments) {
  Target target;
  std::size_t at = 0;
  const auto next = [&] { return at < segments.size() ? segments[at++] : std::string(); };
  const std::string root = next();
  if (root == "apis") {
    target.group = next();
  } else if (root != "api") {
    return std::nullopt;
  }
  target.version = next();
  target.resource = next();
  if (target.resource.empty()) return std::nullopt;
  if (target.resource == "namespaces" && at < segments.size()) {
    target.ns = next();
    if (at == segments.size()) {  // the namespace itself
      target.name = target.ns;
      return target;
    }
    target.resource = next();
  }
  target.name = next();
  target.subresource = next();
  target.extra = segments.size() - at;
  return target;
}

std::string_view verb_of(std::string_view method, bool of_one, bool watch) {
  if (method == "GET" || method == "HEAD") return watch ? "watch" : of_one ? "get" : "list";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return of_one ? "delete" : "deletecollection";
  return {};
}

}  // namespace doorward::rest
