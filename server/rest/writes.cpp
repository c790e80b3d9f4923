#include "server/rest/writes.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/kinds/uid.hpp"
#include "server/rest/lists.hpp"
#include "server/rest/server_side_apply.hpp"
#include "server/rest/wire/body.hpp"
#include "server/rest/wire/json_patch.hpp"
#include "server/rest/wire/patch.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

constexpr std::string_view status_subresource = "status";
constexpr std::size_t max_generated_prefix = 58;  // as Kubernetes has it
constexpr std::size_t generated_characters = 5;
constexpr int name_attempts = 8;

// A body may hold a password: what was read of it goes with the request.
struct WipedBody {
  const resources::Kind& kind;
  JsonBody& body;
  ~WipedBody() { resources::redact(kind, body.value); }
};

std::string generated_name(const std::string& prefix) {
  return prefix.substr(0, max_generated_prefix) + resources::new_uid().substr(0, generated_characters);
}

Response written_response(const Call& call, Written written) {
  written.object["apiVersion"] = call.kind->api_version();
  Response response = object_response(call, written.created ? 201 : 200, written.object);
  add_warnings(response, written.warnings);
  return response;
}

}  // namespace

json deleted_status(const resources::Kind& kind, const json& object) {
  json details{{"group", kind.group}, {"kind", kind.plural()}};
  if (object.is_object()) {
    details["name"] = resources::text_at(object, {"metadata", "name"});
    details["uid"] = resources::text_at(object, {"metadata", "uid"});
  }
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object()},
          {"status", "Success"},
          {"details", std::move(details)}};
}

Reply<Response> Writes::create(const Call& call) {
  if (!call.name.empty() || (call.kind->is_namespaced() && call.ns.empty())) return method_not_allowed();
  const auto options = WriteOptions::of(call);
  if (!options) return std::unexpected(options.error());
  auto body = read_body(call.request, BodyKind::object);
  if (!body) return std::unexpected(std::move(body.error()));
  const WipedBody wiped{*call.kind, *body};

  std::string name = resources::text_at(body->value, {"metadata", "name"});
  const std::string prefix = resources::text_at(body->value, {"metadata", "generateName"});
  const bool generates = name.empty() && !prefix.empty();
  if (name.empty() && !generates)
    return invalid(
        *call.kind, "",
        {{resources::FieldError::Type::required, "metadata.name", "name or generateName is required"}});

  for (int attempt = 0;; ++attempt) {
    if (generates) name = generated_name(prefix);
    auto written = writer_.write(call, {std::string(call.kind->store_kind), call.ns, name}, *options,
                                 [&](const Current& current) -> Reply<Edited> {
                                   if (current.exists()) return already_exists(*call.kind, name);
                                   Edited edited{.object = body->value, .duplicates = body->duplicates};
                                   if (generates) edited.object["metadata"]["name"] = name;
                                   return edited;
                                 });
    if (written) return written_response(call, std::move(*written));
    if (!generates || written.error().reason != "AlreadyExists" || attempt == name_attempts)
      return std::unexpected(std::move(written.error()));
  }
}

Reply<Response> Writes::update(const Call& call) {
  if (call.name.empty()) return method_not_allowed();
  const auto options = WriteOptions::of(call);
  if (!options) return std::unexpected(options.error());
  auto body = read_body(call.request, BodyKind::object);
  if (!body) return std::unexpected(std::move(body.error()));
  const WipedBody wiped{*call.kind, *body};
  auto written = writer_.write(call, call.key(), *options, [&](const Current& current) -> Reply<Edited> {
    if (!current.exists()) return not_found(*call.kind, call.name);
    return Edited{.object = body->value,
                  .duplicates = body->duplicates,
                  .status_only = call.subresource == status_subresource};
  });
  if (!written) return std::unexpected(written.error());
  return written_response(call, std::move(*written));
}

Reply<Response> Writes::patch(const Call& call) {
  if (call.name.empty()) return method_not_allowed();
  const auto options = WriteOptions::of(call);
  if (!options) return std::unexpected(options.error());
  const std::string type = media_type(call.request.content_type);
  const bool is_rbac = call.kind->group == "rbac.authorization.k8s.io";
  Reply<json> (*patching)(const json&, const json&) = nullptr;
  if (type == "application/apply-patch+yaml") return apply(call, *options);
  if (type == "application/merge-patch+json") patching = merge_patch;
  if (type == "application/json-patch+json")
    patching = [](const json& object, const json& patch) { return json_patch(object, patch); };
  if (type == "application/strategic-merge-patch+json" && is_rbac) patching = strategic_merge_patch;
  if (patching == nullptr)
    return unsupported_media_type(
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");

  auto body = read_json(call.request.body);
  if (!body) return std::unexpected(std::move(body.error()));
  const WipedBody wiped{*call.kind, *body};
  auto written = writer_.write(call, call.key(), *options, [&](const Current& current) -> Reply<Edited> {
    if (!current.exists()) return not_found(*call.kind, call.name);
    auto patched = patching(current.object, body->value);
    if (!patched) return std::unexpected(std::move(patched.error()));
    return Edited{.object = std::move(*patched),
                  .duplicates = body->duplicates,
                  .status_only = call.subresource == status_subresource};
  });
  if (!written) return std::unexpected(written.error());
  return written_response(call, std::move(*written));
}

Reply<Response> Writes::apply(const Call& call, const WriteOptions& options) {
  if (!call.subresource.empty()) return method_not_allowed();
  auto body = read_json_or_yaml(call.request.body);
  if (!body) return std::unexpected(std::move(body.error()));
  const WipedBody wiped{*call.kind, *body};
  auto written = writer_.write(call, call.key(), options, [&](const Current& current) -> Reply<Edited> {
    if (!current.exists()) {
      const rbac::Access create{.verb = "create",
                                .group = call.kind->group,
                                .resource = call.kind->plural(),
                                .ns = call.ns,
                                .name = call.name};
      if (auto decision = authorizer_.decide(call.request.caller, create); !decision.allowed)
        return forbidden(call.request.caller, create, decision.reason);
    }
    auto edited = server_side_apply(*call.kind, current, body->value, options.manager, options.force);
    if (edited) edited->duplicates = body->duplicates;
    return edited;
  });
  if (!written) return std::unexpected(written.error());
  return written_response(call, std::move(*written));
}

Reply<Response> Writes::remove(const Call& call) {
  if (!call.subresource.empty()) return method_not_allowed();
  const auto options = DeleteOptions::of(call);
  if (!options) return std::unexpected(options.error());
  const auto written = remover_.remove(call, *options);
  if (!written) return std::unexpected(written.error());
  Response response = to_response(200, deleted_status(*call.kind, written->object));
  add_warnings(response, written->warnings);
  return response;
}

Reply<Response> Writes::remove_collection(const Call& call) {
  if (call.kind->is_namespaced() && call.ns.empty()) return method_not_allowed();
  const auto options = DeleteOptions::of(call);
  if (!options) return std::unexpected(options.error());
  const auto warnings = remover_.remove_all(call, *options);
  if (!warnings) return std::unexpected(warnings.error());
  Response response = to_response(200, deleted_status(*call.kind, nullptr));
  add_warnings(response, *warnings);
  return response;
}

}  // namespace doorward::rest
