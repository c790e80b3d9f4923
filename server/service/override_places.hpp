#pragma once
// How many bridges are open to places that address spaces name in their services' stead. Each has threads of
// its own, and address spaces are not the administrator's: so they are bounded. Nor are they of one tenant:
// so a namespace has a part of them, and cannot keep another's out.
//
// A value of one thread.
#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace doorward {

class OverridePlaces {
 public:
  static constexpr std::size_t all = 64;
  static constexpr std::size_t of_namespace = all / 8;

  // Why there is no room for one that address spaces of these namespaces name; empty: there is, since one of
  // them has room.
  std::string_view why_full(const std::set<std::string>& namespaces) const {
    if (taken_ >= all)
      return "address spaces name 64 other places for their external services already, and no more are asked";
    const bool room = std::ranges::any_of(namespaces, [this](const std::string& ns) {
      const auto has = of_.find(ns);
      return has == of_.end() || has->second < of_namespace;
    });
    if (room) return {};
    return "the address spaces of its namespace name 8 other places for their external services already, and "
           "no more are asked";
  }
  // A place is one, however many name it, and each of them has it.
  void take(const std::set<std::string>& namespaces) {
    ++taken_;
    for (const std::string& ns : namespaces) ++of_[ns];
  }

 private:
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> of_;
};

}  // namespace doorward
