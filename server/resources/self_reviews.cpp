#include "server/resources/self_reviews.hpp"

#include "server/resources/document/json_access.hpp"

#include <string>
#include <utility>

namespace doorward::resources {

using nlohmann::json;
using namespace shape;

namespace {

Schema review_of(std::string_view kind, std::string_view description, Schema spec, Schema status) {
  return object({{"apiVersion", string()},
                 {"kind", one_of({kind})},
                 {"metadata", object({})},
                 {"spec", std::move(spec)},
                 {"status", std::move(status)}},
                description);
}

Schema texts() { return array(string()); }

// What is asked, without what only an answer has.
Result<json> question(const Schema& schema, json review) {
  drop_nulls(review);
  review.erase("metadata");
  review.erase("status");
  for (const FieldError& error : check(schema, review)) {
    if (error.type != FieldError::Type::unknown)
      return fail(ErrorCode::invalid, error.field + ": " + error.message);
  }
  return review;
}

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

const Schema& self_review_schema() {
  static const Schema schema = review_of(
      "SelfSubjectReview", "Who the caller is.", object({}),
      object({{"userInfo", object({{"username", string()}, {"uid", string()}, {"groups", texts()}})}}));
  return schema;
}

const Schema& self_access_review_schema() {
  static const Schema schema =
      review_of("SelfSubjectAccessReview", "Whether the caller may do one thing.",
                object({
                    {"resourceAttributes", object({{"namespace", string("Empty: all of them.")},
                                                   {"verb", string()},
                                                   {"group", string()},
                                                   {"version", string()},
                                                   {"resource", string("The plural of the kind.")},
                                                   {"subresource", string()},
                                                   {"name", string()}})},
                    {"nonResourceAttributes", object({{"path", string()}, {"verb", string()}})},
                }),
                object({{"allowed", boolean()}, {"reason", string("Which binding allows it.")}}));
  return schema;
}

const Schema& self_rules_review_schema() {
  static const Schema schema =
      review_of("SelfSubjectRulesReview", "Everything that the caller may in a namespace.",
                object({{"namespace", string()}}),
                object({
                    {"resourceRules", array(object({{"verbs", texts()},
                                                    {"apiGroups", texts()},
                                                    {"resources", texts()},
                                                    {"resourceNames", texts()}}))},
                    {"nonResourceRules", array(object({{"verbs", texts()}, {"nonResourceURLs", texts()}}))},
                    {"incomplete", boolean()},
                }));
  return schema;
}

Result<json> review_self(const rbac::Caller& caller, json review) {
  auto asked = question(self_review_schema(), std::move(review));
  if (!asked) return asked;
  return answered(std::move(*asked),
                  {{"userInfo", {{"username", caller.username}, {"groups", caller.groups}}}});
}

Result<json> review_access(const rbac::Policy& policy, const rbac::Caller& caller, json asked) {
  auto review = question(self_access_review_schema(), std::move(asked));
  if (!review) return review;
  const json* resource = find_at(*review, {"spec", "resourceAttributes"});
  const json* path = find_at(*review, {"spec", "nonResourceAttributes"});
  if ((resource != nullptr) == (path != nullptr))
    return fail(ErrorCode::invalid, "spec: give either resourceAttributes or nonResourceAttributes");
  rbac::Decision decision;
  if (resource != nullptr) {
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
  return answered(std::move(*review), std::move(status));
}

Result<json> review_rules(const rbac::Policy& policy, const rbac::Caller& caller, json asked) {
  auto review = question(self_rules_review_schema(), std::move(asked));
  if (!review) return review;
  const std::string ns = text_at(*review, {"spec", "namespace"});
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
  return answered(std::move(*review), std::move(status));
}

}  // namespace doorward::resources
