#include "plugins/shared/grants.hpp"

#include <algorithm>
#include <strings.h>

namespace doorward_plugin_cpp {
namespace {

// Nothing that a delegate reads as more than itself.
bool fits_into_address(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
  });
}

std::optional<std::string> fill_address(std::string_view pattern, std::string_view group,
                                        const Places& places) {
  bool fits = true;
  std::string address = fill(pattern, [&](std::string_view name) {
    std::optional<std::string> value = name == "group" ? std::string(group) : places(name);
    fits = fits && (!value || fits_into_address(*value));
    return value;
  });
  if (!fits) return std::nullopt;
  return address;
}

// With the sizes: what others say may hold a NUL, behind which strcasecmp does not look.
bool same_name(const std::string& a, const std::string& b, GroupNames names) {
  if (names == GroupNames::exact) return a == b;
  return a.size() == b.size() && strcasecmp(a.c_str(), b.c_str()) == 0;
}

std::uint64_t read_operations(const Config& entry) {
  std::uint64_t operations = 0;
  for (const std::string& operation : entry.texts("operations")) {
    if (operation == "send")
      operations |= DOORWARD_SEND;
    else if (operation == "recv")
      operations |= DOORWARD_RECV;
    else if (operation == "view")
      operations |= DOORWARD_VIEW;
    else if (operation == "manage")
      operations |= DOORWARD_MANAGE;
    else
      entry.refuse("operations", "may be send, recv, view and manage");
  }
  return operations;
}

}  // namespace

std::vector<Grant> read_grants(const Config& config) {
  std::vector<Grant> grants;
  for (const Config& entry : config.objects("grants")) {
    entry.only({"group", "groups", "addresses", "operations"});
    grants.push_back({.group = entry.text("group", ""),
                      .groups = entry.texts("groups"),
                      .addresses = entry.texts("addresses"),
                      .operations = read_operations(entry)});
  }
  return grants;
}

bool read_stored_rights(const Config& config) {
  const std::string rights = config.text("rights", "grants");
  if (rights != "grants" && rights != "stored") config.refuse("rights", "must be grants or stored");
  return rights == "stored";
}

std::string fill(std::string_view pattern, const Places& places) {
  std::string filled;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    filled += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    pattern.remove_prefix(open);
    const std::size_t close = pattern.find('}');
    if (close == std::string_view::npos) {
      filled += pattern;
      break;
    }
    const std::string_view whole = pattern.substr(0, close + 1);
    filled += places(whole.substr(1, close - 1)).value_or(std::string(whole));
    pattern.remove_prefix(close + 1);
  }
  return filled;
}

Rights rights_of(const std::vector<Grant>& grants, const std::vector<std::string>& groups, GroupNames names,
                 const Places& places) {
  Rights rights;
  for (const Grant& grant : grants) {
    const bool is_member = grant.group.empty() || std::ranges::any_of(groups, [&](const std::string& group) {
                             return same_name(group, grant.group, names);
                           });
    if (!is_member) continue;
    rights.groups.insert(rights.groups.end(), grant.groups.begin(), grant.groups.end());
    Rule rule{.addresses = {}, .operations = grant.operations};
    for (const std::string& pattern : grant.addresses) {
      if (auto address = fill_address(pattern, grant.group, places))
        rule.addresses.push_back(std::move(*address));
    }
    if (rule.operations != 0) rights.rules.push_back(std::move(rule));
  }
  return rights;
}

}  // namespace doorward_plugin_cpp
