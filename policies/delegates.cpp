#include "policies/delegates.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace doorward {
namespace {

using OperationName = std::pair<Operation, std::string_view>;
constexpr OperationName operation_names[] = {{Operation::send, "send"},
                                             {Operation::recv, "recv"},
                                             {Operation::view, "view"},
                                             {Operation::manage, "manage"}};

bool router_matches(std::string_view pattern, std::string_view address) {
  if (!pattern.ends_with('*')) return pattern == address;
  pattern.remove_suffix(1);
  return address.starts_with(pattern);
}

// The `/` in front of a `#` belongs to it, so that `a/#` stands for `a` too. A `/` before both sides lets a
// leading `#` be read like any other.
std::string broker_pattern(std::string_view pattern) {
  std::string result = "/";
  for (const char c : pattern) {
    const char read = c == '*' ? '#' : c;
    if (read == '#' && result.ends_with('/')) result.pop_back();
    result += read;
  }
  return result;
}

// Keeps the set of ends that the pattern so far can reach, instead of trying one after the other: what a user
// wrote must not cost exponential time.
bool broker_matches(std::string_view entry, std::string_view address) {
  const std::string pattern = broker_pattern(entry);
  const std::string text = "/" + std::string(address);
  std::vector<bool> reached(text.size() + 1);
  reached[0] = true;
  for (const char token : pattern) {
    std::vector<bool> next(text.size() + 1);
    next[0] = token == '#' && reached[0];
    bool open = false;  // a `+` or `#` that began further left can reach on
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (token == '+') {
        open = (open || reached[i]) && text[i] != '/';
        next[i + 1] = open;
      } else if (token == '#') {
        next[i + 1] = open || reached[i + 1];
        open = open || (reached[i] && text[i] == '/');
      } else {
        next[i + 1] = reached[i] && text[i] == token;
      }
    }
    reached = std::move(next);
  }
  return reached.back();
}

bool is_in_group(const Authorization& authorization, std::string_view group) {
  return std::ranges::find(authorization.groups, group) != authorization.groups.end();
}

}  // namespace

std::string_view to_string(Delegate delegate) { return delegate == Delegate::router ? "router" : "broker"; }

std::string_view to_string(Operation operation) {
  return std::ranges::find(operation_names, operation, &OperationName::first)->second;
}

std::optional<Operation> parse_operation(std::string_view text) {
  const auto found = std::ranges::find(operation_names, text, &OperationName::second);
  return found == std::end(operation_names) ? std::nullopt : std::optional(found->first);
}

bool matches(Delegate delegate, std::string_view pattern, std::string_view address) {
  return delegate == Delegate::router ? router_matches(pattern, address) : broker_matches(pattern, address);
}

std::optional<std::string_view> entry_for(const Authorization& authorization, Delegate delegate,
                                          Operation operation, std::string_view address) {
  const auto allows = [&](const auto& entry) {
    const Permissions& permissions = entry.second;
    return (operation == Operation::send ? permissions.send : permissions.recv) &&
           matches(delegate, entry.first, address);
  };
  const auto exact = authorization.addresses.find(address);
  if (exact != authorization.addresses.end() && allows(*exact)) return exact->first;
  const auto found = std::ranges::find_if(authorization.addresses, allows);
  if (found == authorization.addresses.end()) return std::nullopt;
  return found->first;
}

bool may(const Authorization& authorization, Delegate delegate, Operation operation,
         std::string_view address) {
  if (!authorization.limited) return true;
  switch (operation) {
    case Operation::manage:
      return is_in_group(authorization, manage_group);
    case Operation::view:
      return is_in_group(authorization, monitor_group);
    case Operation::send:
    case Operation::recv:
      return entry_for(authorization, delegate, operation, address).has_value();
  }
  return false;
}

}  // namespace doorward
