#pragma once
// What a user may do at an address, and why, in words: for `doorward explain`, the REST API and people who
// write rules. Made from the same Authorization that delegates get, so that it cannot say something else.
// Pure functions, any thread.
#include "policies/delegates.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

// What one kind of delegate makes of the rules.
struct Reading {
  Delegate delegate;
  bool allowed = false;
  std::optional<std::size_t> rule;  // which entry of `spec.authorization` decided; nothing: none allows it
  std::string entry;                // its address that decided; empty for view and manage
  std::string reason;               // a sentence for a person
  bool operator==(const Reading&) const = default;
};

struct Explanation {
  Operation operation;
  std::string address;
  std::vector<Reading> readings;      // one for each delegate
  std::vector<std::string> warnings;  // of the entries that decided

  bool allowed() const;  // by every delegate
  bool delegates_agree() const;
};

// `address` is taken as it is: a `*` in it is the character. `view` and `manage` ignore it.
Explanation explain(std::span<const AddressRule> rules, Operation operation, std::string_view address);

// For rules that are written: what delegates read differently or not at all, each once.
std::vector<std::string> rule_warnings(std::span<const AddressRule> rules);

}  // namespace doorward
