#include "policies/explain.hpp"

#include "policies/addresses.hpp"
#include "store/model/names.hpp"

#include <algorithm>

namespace doorward {
namespace {

constexpr std::string_view monitor_is_not_honoured =
    "\"view\" becomes the group \"monitor\", which no delegate honours";

bool has(const Operations& operations, Operation operation) {
  switch (operation) {
    case Operation::send:
      return operations.send;
    case Operation::recv:
      return operations.recv;
    case Operation::view:
      return operations.view;
    case Operation::manage:
      return operations.manage;
  }
  return false;
}

bool is_about_addresses(Operation operation) {
  return operation == Operation::send || operation == Operation::recv;
}

// The first rule that gives the operation, and where addresses count, at that very entry.
std::optional<std::size_t> rule_with(std::span<const AddressRule> rules, Operation operation,
                                     std::string_view entry) {
  const auto found = std::ranges::find_if(rules, [&](const AddressRule& rule) {
    return has(rule.operations, operation) &&
           (!is_about_addresses(operation) ||
            std::ranges::find(rule.addresses, entry) != rule.addresses.end());
  });
  if (found == rules.end()) return std::nullopt;
  return static_cast<std::size_t>(found - rules.begin());
}

std::string how_read(Delegate delegate, std::string_view entry) {
  if (entry == "*") return "everything";
  if (delegate == Delegate::router) {
    if (!entry.ends_with('*')) return "exactly that address";
    return "every address that begins with " + quoted(entry.substr(0, entry.size() - 1), max_address_bytes);
  }
  if (entry.find_first_of("*#+") == std::string_view::npos) return "exactly that address";
  std::string read(entry);
  std::ranges::replace(read, '*', '#');
  std::string meaning = quoted(read, max_address_bytes) + ", where \"/\" separates words";
  if (read.contains('+')) meaning += ", \"+\" is one word";
  if (read.contains('#')) meaning += ", \"#\" is any words or none";
  return meaning;
}

// As people and Kubernetes' field paths name it.
std::string name_of_rule(std::size_t index) { return "spec.authorization[" + std::to_string(index) + "]"; }

Reading read_by(Delegate delegate, const Authorization& authorization, std::span<const AddressRule> rules,
                Operation operation, std::string_view address) {
  Reading reading{.delegate = delegate, .rule = {}, .entry = {}, .reason = {}};
  const bool about_addresses = is_about_addresses(operation);
  const auto entry = about_addresses ? entry_for(authorization, delegate, operation, address) : std::nullopt;
  reading.allowed = about_addresses ? entry.has_value() : may(authorization, delegate, operation, address);
  if (!reading.allowed) {
    reading.reason = "no rule gives " + std::string(to_string(operation));
    if (about_addresses) {
      reading.reason += " at an address that a " + std::string(to_string(delegate)) + " reads as " +
                        quoted(address, max_address_bytes);
    }
    return reading;
  }
  if (entry) reading.entry = *entry;
  reading.rule = rule_with(rules, operation, reading.entry);
  reading.reason = name_of_rule(*reading.rule) + " gives " + std::string(to_string(operation));
  if (entry) {
    reading.reason += " at " + quoted(reading.entry, max_address_bytes) + ", which a " +
                      std::string(to_string(delegate)) + " reads as " + how_read(delegate, reading.entry);
  } else if (operation == Operation::manage) {
    reading.reason += " by the group \"manage\"";
  } else {
    reading.reason += ", but " + std::string(monitor_is_not_honoured);
  }
  return reading;
}

void add_once(std::vector<std::string>& all, std::string warning) {
  if (std::ranges::find(all, warning) == all.end()) all.push_back(std::move(warning));
}

}  // namespace

bool Explanation::allowed() const { return std::ranges::all_of(readings, &Reading::allowed); }

bool Explanation::delegates_agree() const {
  return std::ranges::all_of(readings, [&](const Reading& r) { return r.allowed == readings[0].allowed; });
}

Explanation explain(std::span<const AddressRule> rules, Operation operation, std::string_view address) {
  Explanation result{.operation = operation, .address = std::string(address), .readings = {}, .warnings = {}};
  const Authorization authorization = authorize(rules);
  for (const Delegate delegate : all_delegates) {
    Reading reading = read_by(delegate, authorization, rules, operation, address);
    for (std::string& warning : address_warnings(reading.entry))
      add_once(result.warnings, std::move(warning));
    result.readings.push_back(std::move(reading));
  }
  return result;
}

std::vector<std::string> rule_warnings(std::span<const AddressRule> rules) {
  std::vector<std::string> warnings;
  for (const AddressRule& rule : rules) {
    if (rule.operations.view) add_once(warnings, std::string(monitor_is_not_honoured));
    if (!rule.operations.send && !rule.operations.recv) continue;
    for (const std::string& address : rule.addresses) {
      for (std::string& warning : address_warnings(address)) add_once(warnings, std::move(warning));
    }
  }
  return warnings;
}

}  // namespace doorward
