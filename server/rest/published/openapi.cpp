#include "server/rest/published/openapi.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace doorward::rest {
namespace {

using nlohmann::json;

// `user.enmasse.io`, `v1beta1`, `MessagingUser` -> `io.enmasse.user.v1beta1.MessagingUser`
std::string schema_name(const Served& served, const std::string& kind) {
  std::string name, group = served.group;
  while (!group.empty()) {
    const std::size_t dot = group.rfind('.');
    name += (dot == std::string::npos ? group : group.substr(dot + 1)) + ".";
    group.resize(dot == std::string::npos ? 0 : dot);
  }
  return name + served.version + "." + kind;
}

json list_schema(const Served& served, const std::string& item) {
  const json text{{"type", "string"}};
  return {
      {"type", "object"},
      {"description", served.kind + "List is a list of " + served.kind + "."},
      {"required", {"items"}},
      {"properties",
       {{"apiVersion", text},
        {"kind", text},
        {"metadata",
         {{"type", "object"},
          {"properties",
           {{"resourceVersion", text}, {"continue", text}, {"remainingItemCount", {{"type", "integer"}}}}}}},
        {"items", {{"type", "array"}, {"items", {{"$ref", "#/components/schemas/" + item}}}}}}},
      {"x-kubernetes-group-version-kind",
       json::array(
           {{{"group", served.group}, {"version", served.version}, {"kind", served.kind + "List"}}})}};
}

json status_schema() {
  const json text{{"type", "string"}};
  return {{"type", "object"},
          {"description", "Status says how a request ended that gave no object."},
          {"properties",
           {{"apiVersion", text},
            {"kind", text},
            {"metadata", {{"type", "object"}}},
            {"status", text},
            {"message", text},
            {"reason", text},
            {"details", {{"type", "object"}}},
            {"code", {{"type", "integer"}}}}}};
}

// Tells one text of a document from another, in the index that clients cache by (FNV-1a, 64 bits).
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return {digits.data(), end};
}

std::string document_path(const Served& served) {
  return (served.group.empty() ? "api/" : "apis/") + served.group_version();
}

json empty_document(const std::string& version) {
  return {{"openapi", "3.0.0"},
          {"info", {{"title", "doorward"}, {"version", version}}},
          {"paths", json::object()},
          {"components",
           {{"schemas", {{"io.k8s.apimachinery.pkg.apis.meta.v1.Status", status_schema()}}},
            {"securitySchemes", {{"BearerToken", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
          {"security", json::array({{{"BearerToken", json::array()}}})}};
}

}  // namespace

OpenApi::OpenApi(const std::vector<Served>& served, const std::string& version) {
  std::map<std::string, json> documents;
  for (const Served& each : served) {
    json& document = documents.try_emplace(document_path(each), empty_document(version)).first->second;
    if (each.schema == nullptr) continue;
    const std::string name = schema_name(each, each.kind);
    const auto add_schema = [&](const resources::Schema& shape, const std::string& kind) {
      json schema = openapi_schema(shape);
      schema["x-kubernetes-group-version-kind"] =
          json::array({{{"group", each.group}, {"version", each.version}, {"kind", kind}}});
      document["components"]["schemas"][schema_name(each, kind)] = std::move(schema);
    };
    add_schema(*each.schema, each.kind);
    for (const ReadSubresource& one : each.read_subresources) add_schema(*one.schema, one.kind);
    if (std::ranges::find(each.verbs, "list") != each.verbs.end())
      document["components"]["schemas"][name + "List"] = list_schema(each, name);
    document["paths"].update(openapi_paths(each, name));
  }
  json paths = json::object();
  for (const auto& [path, document] : documents) {
    const std::string text = document.dump() + "\n";
    paths[path] = {{"serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash_of(text)}};
    documents_.emplace(path, text);
  }
  index_ = json{{"paths", paths}}.dump() + "\n";
}

Response OpenApi::empty_v2() {
  return {.content_type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"};
}

std::optional<Response> OpenApi::document(std::string_view path) const {
  const auto found = documents_.find(path);
  if (found == documents_.end()) return std::nullopt;
  return Response{.body = found->second};
}

}  // namespace doorward::rest
