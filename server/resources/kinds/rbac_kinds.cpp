#include "server/resources/kinds/rbac_kinds.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace doorward::resources {

using nlohmann::json;
using namespace shape;
using Type = FieldError::Type;

namespace {

Schema rule() {
  return object({
      {"verbs",
       array(string(), "get, list, watch, create, update, patch, delete and others; `*`: every verb."),
       required},
      {"apiGroups", array(string(), "Groups of the resources; `*`: every group.")},
      {"resources", array(string(), "Plurals, also `addresses/status` and `*/status`; `*`: every resource.")},
      {"resourceNames", array(string(), "Names of the objects; all where it is empty.")},
      {"nonResourceURLs", array(string(), "Paths that are no resources, with `*` at the end for any rest.")},
  });
}

Schema subject() {
  return object({
      {"kind", one_of({"User", "Group", "ServiceAccount"}), required},
      {"name", string(), required},
      {"apiGroup", string("rbac.authorization.k8s.io; empty for a ServiceAccount.")},
      {"namespace", string("Of a ServiceAccount.")},
  });
}

Schema binding(std::string_view description, std::vector<std::string_view> role_kinds) {
  return resource(description, {
                                   {"roleRef",
                                    object({
                                        {"apiGroup", string("rbac.authorization.k8s.io")},
                                        {"kind", one_of(std::move(role_kinds)), required},
                                        {"name", string(), required},
                                    }),
                                    required},
                                   {"subjects", array(subject(), "Who gets the role.")},
                               });
}

std::vector<std::string> texts_at(const json& value, std::string_view name) {
  std::vector<std::string> texts;
  const json* list = find_at(value, {name});
  if (list == nullptr || !list->is_array()) return texts;
  for (const auto& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

rbac::Rule rule_of(const json& rule) {
  return {.verbs = texts_at(rule, "verbs"),
          .api_groups = texts_at(rule, "apiGroups"),
          .resources = texts_at(rule, "resources"),
          .resource_names = texts_at(rule, "resourceNames"),
          .non_resource_urls = texts_at(rule, "nonResourceURLs")};
}

void check_rule(const json& value, const std::string& path, bool namespaced, FieldErrors& errors) {
  if (!value.is_object()) return;
  const rbac::Rule rule = rule_of(value);
  const auto require = [&](const std::vector<std::string>& words, std::string_view name,
                           const char* example) {
    if (words.empty())
      errors.push_back({Type::required, field(path, name), std::string("name some, for example ") + example});
  };
  if (value.contains("verbs")) require(rule.verbs, "verbs", "[get, list]");
  if (rule.non_resource_urls.empty()) {
    require(rule.api_groups, "apiGroups", "[enmasse.io]; [\"\"] is the core group");
    require(rule.resources, "resources", "[addresses]");
    return;
  }
  if (namespaced)
    errors.push_back({Type::forbidden, field(path, "nonResourceURLs"),
                      "a role of a namespace cannot speak of paths: use a ClusterRole"});
  if (!rule.api_groups.empty() || !rule.resources.empty() || !rule.resource_names.empty())
    errors.push_back({Type::forbidden, field(path, "nonResourceURLs"),
                      "a rule cannot speak of resources and of paths: make two of it"});
  for (std::size_t i = 0; i < rule.non_resource_urls.size(); ++i) {
    const std::string& url = rule.non_resource_urls[i];
    if (url == "*" || (url.starts_with('/') && url.find('*') >= url.size() - 1)) continue;
    errors.push_back({Type::invalid, element(field(path, "nonResourceURLs"), i),
                      "begin it with '/', and use '*' at its end only"});
  }
}

FieldErrors check_role(const json& object, bool namespaced) {
  FieldErrors errors;
  const json* rules = find_at(object, {"rules"});
  if (rules == nullptr || !rules->is_array()) return errors;
  std::size_t permissions = 0;
  for (std::size_t i = 0; i < rules->size(); ++i) {
    check_rule((*rules)[i], element("rules", i), namespaced, errors);
    permissions += rbac::permissions(rule_of((*rules)[i]));
  }
  if (permissions > max_role_permissions)
    errors.push_back({Type::too_long, "rules",
                      "stand for " + std::to_string(permissions) +
                          " combinations of verb, group, resource and name: use at most " +
                          std::to_string(max_role_permissions) + ", or `*`"});
  return errors;
}

void check_api_group(const json& value, const std::string& path, std::string_view wanted,
                     FieldErrors& errors) {
  const std::string group = text_at(value, {"apiGroup"});
  if (group.empty() || group == wanted) return;
  errors.push_back({Type::not_supported, field(path, "apiGroup"),
                    quoted(group) + " is not supported: " +
                        (wanted.empty() ? std::string("leave it out") : "use " + quoted(wanted))});
}

void check_name(const json& value, const std::string& path, FieldErrors& errors) {
  if (const json* name = find_at(value, {"name"}); name != nullptr && *name == "")
    errors.push_back({Type::required, field(path, "name"), "name it"});
}

FieldErrors check_binding(const json& object, bool namespaced) {
  FieldErrors errors;
  if (const json* role = find_at(object, {"roleRef"})) {
    check_api_group(*role, "roleRef", rbac::api_group, errors);
    check_name(*role, "roleRef", errors);
  }
  const json* subjects = find_at(object, {"subjects"});
  if (subjects == nullptr || !subjects->is_array()) return errors;
  for (std::size_t i = 0; i < subjects->size(); ++i) {
    const json& subject = (*subjects)[i];
    const std::string path = element("subjects", i);
    const bool is_account = text_at(subject, {"kind"}) == "ServiceAccount";
    check_api_group(subject, path, is_account ? "" : rbac::api_group, errors);
    check_name(subject, path, errors);
    const std::string ns = text_at(subject, {"namespace"});
    if (is_account && !namespaced && ns.empty())
      errors.push_back(
          {Type::required, field(path, "namespace"), "name the namespace of the ServiceAccount"});
    if (!is_account && !ns.empty())
      errors.push_back(
          {Type::forbidden, field(path, "namespace"), "only a ServiceAccount has one: remove it"});
  }
  return errors;
}

}  // namespace

const Schema& role_schema() {
  static const Schema schema = resource("What may be done in its namespace.",
                                        {{"rules", array(rule(), "Each adds to what the others allow.")}});
  return schema;
}

const Schema& cluster_role_schema() {
  static const Schema schema = resource("What may be done, in the namespaces and by whom its bindings say.",
                                        {
                                            {"rules", array(rule(), "Each adds to what the others allow.")},
                                            {"aggregationRule", any("Not supported: list the rules.")},
                                        });
  return schema;
}

const Schema& role_binding_schema() {
  static const Schema schema =
      binding("Who has a role in this namespace; of a ClusterRole what it says of resources in it.",
              {"Role", "ClusterRole"});
  return schema;
}

const Schema& cluster_role_binding_schema() {
  static const Schema schema = binding("Who has a ClusterRole everywhere.", {"ClusterRole"});
  return schema;
}

FieldErrors validate_role(const json& object) { return check_role(object, true); }

FieldErrors validate_cluster_role(const json& object) {
  FieldErrors errors = check_role(object, false);
  if (find_at(object, {"aggregationRule"}) != nullptr)
    errors.push_back({Type::forbidden, "aggregationRule", "roles are not aggregated here: list the rules"});
  return errors;
}

FieldErrors validate_role_binding(const json& object) { return check_binding(object, true); }
FieldErrors validate_cluster_role_binding(const json& object) { return check_binding(object, false); }

FieldErrors validate_role_binding_change(const json& before, const json& after) {
  for (const std::string_view name : {"kind", "name"}) {
    if (text_at(before, {"roleRef", name}) != text_at(after, {"roleRef", name}))
      return {{Type::invalid, "roleRef", "cannot be changed: delete the binding and make another one"}};
  }
  return {};
}

json role_cell(const json& binding) {
  return text_at(binding, {"roleRef", "kind"}) + "/" + text_at(binding, {"roleRef", "name"});
}

std::vector<rbac::Rule> rules_of(const json& role) {
  std::vector<rbac::Rule> rules;
  const json* list = find_at(role, {"rules"});
  if (list == nullptr || !list->is_array()) return rules;
  for (const auto& rule : *list) rules.push_back(rule_of(rule));
  return rules;
}

rbac::Binding binding_of(const json& object, const ObjectKey& key) {
  using Kind = rbac::Subject::Kind;
  const bool of_namespace = text_at(object, {"roleRef", "kind"}) == "Role";
  rbac::Binding binding{.ns = key.ns,
                        .name = key.name,
                        .role = {of_namespace ? key.ns : std::string(), text_at(object, {"roleRef", "name"})},
                        .subjects = {}};
  const json* subjects = find_at(object, {"subjects"});
  if (subjects == nullptr || !subjects->is_array()) return binding;
  for (const auto& subject : *subjects) {
    const std::string kind = text_at(subject, {"kind"});
    std::string ns = text_at(subject, {"namespace"});
    if (kind == "ServiceAccount" && ns.empty()) ns = key.ns;
    binding.subjects.push_back({.kind = kind == "User"    ? Kind::user
                                        : kind == "Group" ? Kind::group
                                                          : Kind::service_account,
                                .name = text_at(subject, {"name"}),
                                .ns = std::move(ns)});
  }
  return binding;
}

}  // namespace doorward::resources
