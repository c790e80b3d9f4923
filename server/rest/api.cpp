#include "server/rest/api.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/prepare.hpp"
#include "server/rest/change_log.hpp"
#include "server/rest/credentials.hpp"
#include "server/rest/large_bodies.hpp"
#include "server/rest/lists.hpp"
#include "server/rest/wire/body.hpp"
#include "server/rest/wire/selectors.hpp"
#include "server/rest/wire/target.hpp"
#include "server/rest/write_options.hpp"
#include "server/rest/writes.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

struct Api::State {
  State(Parts given, Secret continue_key)
      : parts(std::move(given)),
        lists(parts.store, ContinueTokens(std::move(continue_key))),
        attempts({parts.store, parts.authorizer, parts.settings, parts.turns, parts.told}),
        quota(parts.store, parts.quota),
        writes(ObjectWriter(attempts, quota, parts.admit, parts.passwords), ObjectRemover(attempts),
               parts.authorizer),
        changes(std::make_shared<const ChangeLog>(parts.store)) {}

  // What a request asks for, and its caller may ask.
  struct Asked {
    Query query;
    Target target;
    std::string_view verb;
  };
  // Or the response where there is no more to ask; looks at no body.
  std::expected<Asked, Reply<Response>> asked(const Request& request) const;
  Reply<Response> answer(const Request& request);
  Reply<> authorize(const Request& request, const rbac::Access& access) const;
  Reply<Response> of_no_resource(const Request& request, const std::vector<std::string>& segments) const;
  Reply<Response> of_kind(const Call& call, std::string_view verb);
  Reply<Response> watch(const Call& call) const;
  Reply<Response> read_credentials(const Call& call) const;
  Reply<Response> remove_virtual(const Call& call, const VirtualResource& resource) const;
  Reply<Response> of_virtual(const Call& call, const VirtualResource& resource, std::string_view verb);
  const VirtualResource* find_virtual(const Target& target) const;

  Parts parts;
  Lists lists;
  WriteAttempts attempts;
  Quota quota;
  Writes writes;
  LargeBodies large_bodies;
  std::shared_ptr<const ChangeLog> changes;
  std::atomic<std::uint64_t> callers_revision = 0;
};

namespace {

// kubectl asks for the namespace of what it could not find before it creates it.
json bare_namespace(std::string_view name) {
  return {{"apiVersion", "v1"},
          {"kind", "Namespace"},
          {"metadata", {{"name", name}}},
          {"spec", json::object()},
          {"status", {{"phase", "Active"}}}};
}

// The one name that a collection is asked for (`fieldSelector=metadata.name=x`), which a rule may allow.
std::string selected_name(const Query& query) {
  constexpr std::string_view by_name = "metadata.name=";
  const std::string_view selector = query.text("fieldSelector");
  if (!selector.starts_with(by_name)) return {};
  const std::string_view name = selector.substr(by_name.size());
  return name.contains(',') || name.starts_with('=') ? std::string() : std::string(name);
}

}  // namespace

Reply<> Api::State::authorize(const Request& request, const rbac::Access& access) const {
  const auto decision = parts.authorizer.decide(request.caller, access);
  if (decision.allowed) return {};
  return forbidden(request.caller, access, decision.reason);
}

const VirtualResource* Api::State::find_virtual(const Target& target) const {
  const auto it = std::ranges::find_if(parts.virtual_resources, [&](const VirtualResource& one) {
    return one.group == target.group && one.version == target.version && one.plural == target.resource;
  });
  return it == parts.virtual_resources.end() ? nullptr : &*it;
}

std::expected<Api::State::Asked, Reply<Response>> Api::State::asked(const Request& request) const {
  const auto over = [](auto&& failure) {
    return std::unexpected(Reply<Response>(std::unexpected(std::forward<decltype(failure)>(failure))));
  };
  const auto segments = split_path(request.path);
  if (!segments) return over(segments.error());
  auto query = Query::parse(request.query);
  if (!query) return over(query.error());

  auto target = target_of(*segments);
  if (!target) return std::unexpected(of_no_resource(request, *segments));
  const std::string_view verb = verb_of(request.method, !target->name.empty(), query->flag("watch"));
  if (verb.empty()) return over(method_not_allowed().error());
  const std::string name = target->name.empty() && verb != "create" ? selected_name(*query) : target->name;
  // First of all, so that whoever may not ask learns nothing of what there is.
  if (auto allowed = authorize(request, {.verb = verb,
                                         .group = target->group,
                                         .resource = target->resource,
                                         .subresource = target->subresource,
                                         .ns = target->ns,
                                         .name = name});
      !allowed)
    return over(std::move(allowed.error()));
  if (target->extra > 0) return over(no_such_path().error());
  return Asked{*std::move(query), *std::move(target), verb};
}

Reply<Response> Api::State::answer(const Request& request) {
  auto wanted = asked(request);
  if (!wanted) return std::move(wanted.error());
  const auto& [query, target, verb] = *wanted;
  std::unique_ptr<LargeBodies::Turn> turn;  // until the answer is made
  if (request.body.size() > LargeBodies::large) {
    turn = large_bodies.take(request.caller.username, request.patience);
    if (!turn)
      return too_many_requests("too many large bodies at once: try again later, and send yours one by one");
  }

  Call call{request, query, nullptr, target.ns, target.name, target.subresource};
  if (const auto* resource = find_virtual(target)) return of_virtual(call, *resource, verb);
  if (target.group.empty() && target.version == "v1" && target.resource == "namespaces" &&
      target.subresource.empty() && verb == "get")
    return to_response(200, bare_namespace(target.name));
  call.kind = resources::find_kind_of_path(target.group, target.version, target.resource);
  const bool right_scope = call.kind != nullptr && (call.kind->is_namespaced() || call.ns.empty());
  if (!right_scope) return no_such_path();
  return of_kind(call, verb);
}

Reply<Response> Api::State::of_no_resource(const Request& request,
                                           const std::vector<std::string>& segments) const {
  if (parts.public_documents) {
    if (auto document = parts.public_documents(request)) return std::move(*document);
  }
  std::string path, verb = request.method;
  for (const std::string& segment : segments) path += "/" + segment;
  if (path.empty()) path = "/";
  std::ranges::transform(verb, verb.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (auto allowed = authorize(request, {.verb = verb, .path = path}); !allowed)
    return std::unexpected(std::move(allowed.error()));
  return no_such_path();
}

Reply<Response> Api::State::of_kind(const Call& call, std::string_view verb) {
  const bool asks_credentials = call.subresource == credentials_subresource &&
                                call.kind->store_kind == resources::store_kind::messaging_users;
  if (!call.subresource.empty() && call.subresource != "status" && !asks_credentials) return no_such_path();
  if (!call.name.empty() && call.kind->is_namespaced() && call.ns.empty()) return no_such_path();
  if (asks_credentials) return verb == "get" ? read_credentials(call) : method_not_allowed();
  if (verb == "watch") return watch(call);
  if (verb == "get") return lists.get(call);
  if (verb == "list") return lists.list(call);
  if (call.kind->computed) return method_not_allowed();
  if (verb == "create") return writes.create(call);
  if (verb == "update") return writes.update(call);
  if (verb == "patch") return writes.patch(call);
  if (verb == "delete") return writes.remove(call);
  return writes.remove_collection(call);
}

Reply<Response> Api::State::watch(const Call& call) const {
  const std::string name = call.name.empty() ? selected_name(call.query) : call.name;
  const rbac::Access access{.verb = "watch",
                            .group = call.kind->group,
                            .resource = call.kind->plural(),
                            .subresource = call.subresource,
                            .ns = call.ns,
                            .name = name};
  return Watch::start(call, changes, Standing(call.request, access, parts.authorizer, callers_revision),
                      parts.watch_times);
}

Reply<Response> Api::State::read_credentials(const Call& call) const {
  auto response = user_credentials(parts.store, call);
  if (response && parts.told)
    parts.told(call.request,
               {"read", resources::object_text(*call.kind, call.key()), {"spec.authentication.credentials"}});
  return response;
}

Reply<Response> Api::State::remove_virtual(const Call& call, const VirtualResource& resource) const {
  const auto options = DeleteOptions::of(call);
  if (!options) return std::unexpected(options.error());
  if (options->uid || options->resource_version)
    return conflict(*resource.shown, call.name,
                    "Precondition failed: it has neither uid nor resourceVersion");
  const auto removed = resource.remove(call.name, options->dry_run);
  if (!removed) return std::unexpected(removed.error());
  if (parts.told && !options->dry_run)
    parts.told(call.request, {"delete", resource.kind + " " + call.name, {}});
  return to_response(200, deleted_status(*resource.shown, *removed));
}

Reply<Response> Api::State::of_virtual(const Call& call, const VirtualResource& resource,
                                       std::string_view verb) {
  if (!call.subresource.empty()) return no_such_path();
  if (verb == "create" && resource.create) {
    if (!call.name.empty() || resource.namespaced == call.ns.empty()) return method_not_allowed();
    auto body = read_body(call.request, BodyKind::review);
    if (!body) return std::unexpected(std::move(body.error()));
    if (!body->value.is_object() || resources::text_at(body->value, {"kind"}) != resource.kind)
      return bad_request("the body has to be an object of the kind " + resource.kind);
    auto answer = resource.create(call.request, call.ns, std::move(body->value));
    if (!answer) return std::unexpected(std::move(answer.error()));
    return to_response(201, *answer);
  }
  if (verb == "delete" && resource.remove) return remove_virtual(call, resource);
  if (!resource.list || (verb != "get" && verb != "list")) return method_not_allowed();
  auto objects = resource.list(call.ns);
  if (!objects) return std::unexpected(std::move(objects.error()));
  Call shown = call;
  shown.kind = resource.shown;
  if (verb == "get") {
    const auto found = std::ranges::find_if(*objects, [&](const json& one) {
      return resources::text_at(one, {"metadata", "name"}) == call.name;
    });
    if (found == objects->end()) return not_found(*resource.shown, call.name);
    return object_response(shown, 200, *found);
  }
  const auto selectors =
      Selectors::parse(*resource.shown, call.query.text("labelSelector"), call.query.text("fieldSelector"));
  if (!selectors) return std::unexpected(selectors.error());
  std::erase_if(*objects, [&](const json& one) { return !selectors->matches(one); });
  const auto version = parts.store.version();
  if (!version) return of_store(version.error());
  return Lists::list_of(shown, *resource.shown, std::move(*objects), *version);
}

Api::Api(std::unique_ptr<State> state) : state_(std::move(state)) {}
Api::~Api() = default;

Result<std::unique_ptr<Api>> Api::make(Parts parts) {
  auto key = parts.store.shared_key("continue");
  if (!key) return std::unexpected(std::move(key.error()));
  return std::unique_ptr<Api>(new Api(std::make_unique<State>(std::move(parts), std::move(*key))));
}

Response Api::handle(const Request& request) {
  auto response = state_->answer(request);
  return response ? std::move(*response) : to_response(response.error());
}

std::optional<Response> Api::refuse(const Request& head) const {
  auto wanted = state_->asked(head);
  if (wanted) return std::nullopt;
  Reply<Response>& over = wanted.error();
  return over ? std::move(*over) : to_response(over.error());
}

void Api::identify_anew() { ++state_->callers_revision; }

}  // namespace doorward::rest
