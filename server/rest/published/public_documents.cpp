#include "server/rest/published/public_documents.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::rest {
namespace {

// Clients compare it with their own version: the one whose API is spoken.
constexpr const char *major = "1", *minor = "32";

std::string version_document(const std::string& version) {
  const nlohmann::json document{
      {"major", major},
      {"minor", minor},
      {"gitVersion", std::string("v") + major + "." + minor + ".0+doorward." + version},
      {"gitCommit", ""},
      {"gitTreeState", "clean"},
      {"buildDate", "1970-01-01T00:00:00Z"},
      {"goVersion", ""},
      {"compiler", ""},
      {"platform", "linux/amd64"}};
  return document.dump() + "\n";
}

// What is left of the path behind `prefix`; nothing where it does not begin so.
std::optional<std::string_view> behind(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  return path.substr(prefix.size());
}

}  // namespace

PublicDocuments::PublicDocuments(std::vector<Served> served, const std::string& version)
    : discovery_(served), openapi_(served, version), version_(version_document(version)) {}

std::optional<Response> PublicDocuments::answer(const Request& request) const {
  if (request.method != "GET") return std::nullopt;
  std::string_view path = request.path;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);

  if (path == "/version") return Response{.body = version_};
  if (path == "/api") return discovery_.core(request.accept);
  if (path == "/apis") return discovery_.groups(request.accept);
  if (path == "/openapi/v2") return OpenApi::empty_v2();
  if (path == "/openapi/v3") return openapi_.index();
  if (const auto rest = behind(path, "/openapi/v3/")) return openapi_.document(*rest);
  if (const auto version = behind(path, "/api/")) return discovery_.resources("", *version);
  if (const auto rest = behind(path, "/apis/")) {
    const std::size_t slash = rest->find('/');
    if (slash == 0) return std::nullopt;
    if (slash == std::string_view::npos) return discovery_.group(*rest);
    return discovery_.resources(rest->substr(0, slash), rest->substr(slash + 1));
  }
  return std::nullopt;
}

}  // namespace doorward::rest
