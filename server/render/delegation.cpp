#include "server/render/delegation.hpp"

#include "server/render/quantity.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/kinds/plans.hpp"
#include "server/resources/prepare.hpp"

#include <optional>
#include <utility>

namespace doorward::render {

using namespace resources;
using nlohmann::json;

namespace {

enum class Form { count, bytes, word };
struct Wanted {
  std::string_view path;  // below `spec`
  Form form;
};

// What becomes a line of a router's or broker's configuration, or advice beside it.
constexpr Wanted wanted[] = {
    {"broker.addressFullPolicy", Form::word},
    {"broker.globalMaxSize", Form::bytes},
    {"broker.resources.memory", Form::bytes},
    {"broker.resources.storage", Form::bytes},
    {"router.handshakeTimeout", Form::count},
    {"router.idleTimeout", Form::count},
    {"router.linkCapacity", Form::count},
    {"router.policy.maxConnections", Form::count},
    {"router.policy.maxConnectionsPerHost", Form::count},
    {"router.policy.maxConnectionsPerUser", Form::count},
    {"router.policy.maxMessageSize", Form::count},
    {"router.policy.maxReceiversPerConnection", Form::count},
    {"router.policy.maxSendersPerConnection", Form::count},
    {"router.policy.maxSessionsPerConnection", Form::count},
    {"router.resources.memory", Form::bytes},
    {"router.workerThreads", Form::count},
};

// The value at a path with dots.
const json* at_path(const json& spec, std::string_view path) {
  const json* value = &spec;
  while (value != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    value = find_at(*value, {path.substr(0, dot)});
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return value;
}

class Gathering {
 public:
  Gathering(const Objects& objects, const Settings& settings) : objects_(objects), settings_(settings) {}

  Delegation of(const ObjectRef& ref) {
    Delegation out{.space = ref};
    const ObjectKey key{std::string(store_kind::address_spaces), ref.ns, ref.name};
    const json space = objects_.find(key);
    out.brokered = text_at(space, {"spec", "type"}) == "brokered";
    out.realm = {text_at(space, {"status", "realm"}), origin(key, "status.realm", false)};
    if (const json* messages = find_at(space, {"status", "messages"})) {
      for (const json& message : *messages) out.messages.push_back(message.get<std::string>());
    }
    const std::string type = text_at(space, {"status", "authenticationService", "type"});
    for (const ServiceType each : {ServiceType::none, ServiceType::standard, ServiceType::external}) {
      if (type == to_string(each)) out.service_type = each;
    }
    out.service = type.empty()
                      ? "there is none"
                      : "AuthenticationService " +
                            text_at(space, {"status", "authenticationService", "namespace"}) + "/" +
                            text_at(space, {"status", "authenticationService", "name"}) + " of type " + type;
    plan_of(out, key, text_at(space, {"spec", "plan"}));
    return out;
  }

  std::vector<Fault> faults;

 private:
  using Found = std::pair<ObjectKey, json>;

  // As reconciling looks: in the namespace of the object that names it, then in that of the infrastructure.
  std::optional<Found> seen_from(std::string_view ns, std::string_view kind, const std::string& name) {
    for (const std::string& each : {std::string(ns), settings_.infra_namespace}) {
      ObjectKey key{std::string(kind), each, name};
      if (json found = objects_.find(key); !found.is_null()) return Found{std::move(key), std::move(found)};
    }
    return std::nullopt;
  }

  void plan_of(Delegation& out, const ObjectKey& space, const std::string& name) {
    out.plan = origin(space, "spec.plan");
    out.infra = "there is none";
    const auto plan = seen_from(space.ns, store_kind::address_space_plans, name);
    // A plan of the other type is no plan, as reconciling has it.
    if (!plan || (text_at(plan->second, {"spec", "addressSpaceType"}) == "brokered") != out.brokered) return;
    if (const json* limits = find_at(plan->second, {"spec", "resourceLimits"})) {
      for (const auto& [limit, amount] : limits->items())
        out.limits.push_back(
            {limit + ": " + amount.dump(), origin(plan->first, field("spec.resourceLimits", limit))});
    }
    const std::string name_of_infra = infra_config_of(plan->second);
    if (name_of_infra.empty()) return;
    const auto infra =
        seen_from(plan->first.ns,
                  out.brokered ? store_kind::brokered_infra_configs : store_kind::standard_infra_configs,
                  name_of_infra);
    if (!infra) return;
    const bool by_annotation = text_at(plan->second, {"spec", "infraConfigRef"}).empty();
    out.infra = origin(plan->first, by_annotation ? field("metadata.annotations", "enmasse.io/defined-by")
                                                  : "spec.infraConfigRef");
    out.policy = at_path(infra->second, "spec.router.policy") != nullptr;
    for (const Wanted& each : wanted) take(out, *infra, each);
  }

  void take(Delegation& out, const Found& infra, const Wanted& each) {
    const std::string path = "spec." + std::string(each.path);
    const json* value = at_path(infra.second, path);
    if (value == nullptr) return;
    const std::string text = value->is_string() ? value->get<std::string>() : value->dump();
    std::string shown = text;
    if (each.form != Form::word) {
      const auto number = bytes_of(text);
      if (!number || (each.form == Form::count && !value->is_number_unsigned()))
        return fault(infra.first, path,
                     each.form == Form::count ? "must be 0 or more to be rendered"
                                              : "must be an amount such as 512Mi to be rendered");
      shown = std::to_string(*number);
    }
    out.settings.emplace(each.path, Setting{std::move(shown), origin(infra.first, path)});
  }

  void fault(const ObjectKey& key, const std::string& path, std::string message) {
    const Document* document = objects_.written(key);
    faults.push_back({document == nullptr ? "" : document->file,
                      document == nullptr ? 0 : document->line_of(path),
                      object_text(*find_kind(key.kind), key), path, std::move(message)});
  }

  std::string origin(const ObjectKey& key, std::string_view path, bool was_written = true) const {
    std::string text = object_text(*find_kind(key.kind), key) + ", " + std::string(path);
    const Document* document = was_written ? objects_.written(key) : nullptr;
    if (document == nullptr) return text;
    const std::size_t slash = document->file.rfind('/');
    const std::string file = slash == std::string::npos ? document->file : document->file.substr(slash + 1);
    return text + " (" + file + ":" + std::to_string(document->line_of(path)) + ")";
  }

  const Objects& objects_;
  const Settings& settings_;
};

}  // namespace

std::expected<Delegation, std::vector<Fault>> delegation_of(const ObjectRef& space, const Objects& objects,
                                                            const Settings& settings, const Peer& peer) {
  Gathering gathering(objects, settings);
  Delegation out = gathering.of(space);
  if (!gathering.faults.empty()) return std::unexpected(std::move(gathering.faults));
  out.peer = peer;
  return out;
}

}  // namespace doorward::render
