#pragma once
// What the plan of an address space allows, against what its addresses take. Amounts are numbers without a
// unit, by name: `router`, `broker`, and `aggregate` for all of them together. Pure functions, any thread.
#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace doorward {

using Amounts = std::map<std::string, double, std::less<>>;

// The limits of one address space, and what has been taken of them. A name without a limit is not limited.
class Allowance {
 public:
  explicit Allowance(Amounts limits) : limits_(std::move(limits)) {}

  // Takes them all, or none and says what there is too little of, with the numbers. A limit of 1 holds a
  // thousand times 0.001: what is lost in adding up does not count.
  std::optional<std::string> take(const Amounts& amounts);
  // The same for so many at once that take as much each: all of them, or none. REQUIRES: times > 0.
  std::optional<std::string> take(Amounts amounts, std::size_t times);

 private:
  Amounts limits_;
  Amounts taken_;
  std::size_t times_ = 0;
};

// `1`, `0.001`: as a person writes it.
std::string amount_text(double amount);

}  // namespace doorward
