#include "policies/rbac.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace doorward::rbac {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view all = "*";
constexpr std::string_view all_resources_with = "*/";  // then a subresource

bool has(const Words& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }
bool gives(const Words& words, std::string_view word) { return has(words, all) || has(words, word); }

// `wanted` is `resource` or `resource/subresource`, of a request or of a rule that is to be granted.
bool gives_resource(const Words& resources, std::string_view wanted) {
  if (gives(resources, wanted)) return true;
  const std::size_t slash = wanted.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string of_every_resource = std::string(all_resources_with).append(wanted.substr(slash + 1));
  return has(resources, of_every_resource);
}

bool gives_path(const Words& paths, std::string_view wanted) {
  return std::ranges::any_of(paths, [&](std::string_view path) {
    return path == wanted || (path.ends_with('*') && wanted.starts_with(path.substr(0, path.size() - 1)));
  });
}

// No name: all of them at once.
bool gives_name(const Words& names, std::string_view wanted) {
  return names.empty() || (!wanted.empty() && has(names, wanted));
}

// One permission of a rule that is to be granted. Views into that rule.
struct Permission {
  std::string_view group, resource, name, path;
  auto operator<=>(const Permission&) const = default;
};

bool gives(const Rule& rule, std::string_view verb, const Permission& wanted) {
  if (!gives(rule.verbs, verb)) return false;
  if (!wanted.path.empty()) return gives_path(rule.non_resource_urls, wanted.path);
  return gives(rule.api_groups, wanted.group) && gives_resource(rule.resources, wanted.resource) &&
         gives_name(rule.resource_names, wanted.name);
}

// Calls `take` for each permission of the rule, but for its verbs.
template <class Take>
void each_permission(const Rule& rule, Take take) {
  for (const auto& path : rule.non_resource_urls) take(Permission{.path = path});
  for (const auto& group : rule.api_groups) {
    for (const auto& resource : rule.resources) {
      if (rule.resource_names.empty()) take(Permission{.group = group, .resource = resource});
      for (const auto& name : rule.resource_names)
        take(Permission{.group = group, .resource = resource, .name = name});
    }
  }
}

void add_words(std::string& text, std::string_view label, const Words& words) {
  if (words.empty()) return;
  text.append(text.size() > 1 ? ", " : "").append(label).append(":[");
  for (std::size_t i = 0; i < words.size(); ++i) text.append(i == 0 ? "" : " ").append(quoted(words[i]));
  text += "]";
}

}  // namespace

bool is_master(const Caller& caller) { return has(caller.groups, masters_group); }

bool allows(const Rule& rule, const Access& access) {
  if (!access.path.empty()) return gives(rule, access.verb, {.path = access.path});
  if (access.subresource.empty())
    return gives(rule, access.verb,
                 {.group = access.group, .resource = access.resource, .name = access.name});
  const std::string resource = std::string(access.resource).append("/").append(access.subresource);
  return gives(rule, access.verb, {.group = access.group, .resource = resource, .name = access.name});
}

std::size_t permissions(const Rule& rule) {
  const std::size_t names = std::max<std::size_t>(1, rule.resource_names.size());
  return rule.verbs.size() *
         (rule.api_groups.size() * rule.resources.size() * names + rule.non_resource_urls.size());
}

std::vector<Rule> missing(std::span<const Rule> held, std::span<const Rule> wanted) {
  std::map<Permission, Words> verbs_by_permission;
  for (const Rule& rule : wanted) {
    each_permission(rule, [&](const Permission& permission) {
      for (const auto& verb : rule.verbs) {
        if (std::ranges::any_of(held, [&](const Rule& own) { return gives(own, verb, permission); }))
          continue;
        Words& verbs = verbs_by_permission[permission];
        if (!has(verbs, verb)) verbs.push_back(verb);
      }
    });
  }
  // What lacks the same verbs of one group stands in one rule.
  std::vector<Rule> rules;
  for (auto& [permission, verbs] : verbs_by_permission) {
    Rule rule{.verbs = std::move(verbs)};
    if (!permission.path.empty()) {
      rule.non_resource_urls.emplace_back(permission.path);
    } else {
      rule.api_groups.emplace_back(permission.group);
      rule.resources.emplace_back(permission.resource);
      if (!permission.name.empty()) rule.resource_names.emplace_back(permission.name);
    }
    const auto beside = std::ranges::find_if(rules, [&](const Rule& other) {
      return std::tie(other.verbs, other.api_groups, other.resource_names) ==
                 std::tie(rule.verbs, rule.api_groups, rule.resource_names) &&
             other.non_resource_urls.empty() == rule.non_resource_urls.empty();
    });
    if (beside == rules.end()) {
      rules.push_back(std::move(rule));
    } else {
      std::ranges::move(rule.resources, std::back_inserter(beside->resources));
      std::ranges::move(rule.non_resource_urls, std::back_inserter(beside->non_resource_urls));
    }
  }
  return rules;
}

std::string text(const Rule& rule) {
  std::string text = "{";
  add_words(text, "APIGroups", rule.api_groups);
  add_words(text, "Resources", rule.resources);
  add_words(text, "ResourceNames", rule.resource_names);
  add_words(text, "NonResourceURLs", rule.non_resource_urls);
  add_words(text, "Verbs", rule.verbs);
  return text + "}";
}

}  // namespace doorward::rbac
