#include "server/resources/self_reviews.hpp"

#include "server/resources/document/json_access.hpp"

#include <string>
#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

json answered(json review, json status) {
  review["metadata"] = {{"creationTimestamp", nullptr}};
  review["status"] = std::move(status);
  return review;
}

json lists(std::initializer_list<std::pair<const char*, const std::vector<std::string>&>> fields) {
  json object = json::object();
  for (const auto& [name, words] : fields) {
    if (!words.empty()) object[name] = words;
  }
  return object;
}

}  // namespace

Result<json> review_self(const rbac::Caller& caller, json review) {
  return answered(std::move(review),
                  {{"userInfo", {{"username", caller.username}, {"groups", caller.groups}}}});
}

Result<json> review_access(const rbac::Policy& policy, const rbac::Caller& caller, json review) {
  const json* resource = find_at(review, {"spec", "resourceAttributes"});
  const json* path = find_at(review, {"spec", "nonResourceAttributes"});
  const bool asks_one =
      (resource != nullptr && resource->is_object()) != (path != nullptr && path->is_object());
  if (!asks_one)
    return fail(ErrorCode::invalid, "spec: give either resourceAttributes or nonResourceAttributes");
  rbac::Decision decision;
  if (resource != nullptr && resource->is_object()) {
    const std::string verb = text_at(*resource, {"verb"}), group = text_at(*resource, {"group"}),
                      name = text_at(*resource, {"name"}), ns = text_at(*resource, {"namespace"}),
                      plural = text_at(*resource, {"resource"}), sub = text_at(*resource, {"subresource"});
    decision = policy.decide(
        caller,
        {.verb = verb, .group = group, .resource = plural, .subresource = sub, .ns = ns, .name = name});
  } else {
    const std::string verb = text_at(*path, {"verb"}), at = text_at(*path, {"path"});
    if (at.empty()) return fail(ErrorCode::invalid, "spec.nonResourceAttributes.path: is required");
    decision = policy.decide(caller, {.verb = verb, .path = at});
  }
  json status{{"allowed", decision.allowed}};
  if (!decision.reason.empty()) status["reason"] = decision.reason;
  return answered(std::move(review), std::move(status));
}

Result<json> review_rules(const rbac::Policy& policy, const rbac::Caller& caller, json review) {
  const std::string ns = text_at(review, {"spec", "namespace"});
  if (ns.empty()) return fail(ErrorCode::invalid, "spec.namespace: no namespace on request");
  json status{{"resourceRules", json::array()}, {"nonResourceRules", json::array()}, {"incomplete", false}};
  for (const rbac::Rule& rule : policy.rules_of(caller, ns)) {
    if (!rule.resources.empty())
      status["resourceRules"].push_back(lists({{"verbs", rule.verbs},
                                               {"apiGroups", rule.api_groups},
                                               {"resources", rule.resources},
                                               {"resourceNames", rule.resource_names}}));
    if (!rule.non_resource_urls.empty())
      status["nonResourceRules"].push_back(
          lists({{"verbs", rule.verbs}, {"nonResourceURLs", rule.non_resource_urls}}));
  }
  return answered(std::move(review), std::move(status));
}

}  // namespace doorward::resources
