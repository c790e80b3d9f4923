#pragma once
// Which values the labels of one family may have: the first so many of each, and `other` for whatever comes
// after that. So no peer makes series without end. Any thread.
#include <cstddef>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::metrics {

inline constexpr std::string_view other = "other";

struct LabelName {
  std::string_view name;        // must outlive the family
  std::size_t max_values = 16;  // beside `other`
};

// The values of one series as one text, and back.
std::string join(std::span<const std::string_view> values);
std::vector<std::string> part(std::string_view joined);

class LabelSets {
 public:
  explicit LabelSets(std::vector<LabelName> names) : names_(std::move(names)), seen_(names_.size()) {}

  // The series that counts for these values, one for each name: join() of them, with `other` in place of
  // those that are too many.
  std::string admit(std::span<const std::string_view> values);
  const std::vector<LabelName>& names() const { return names_; }

 private:
  const std::vector<LabelName> names_;
  std::mutex mutex_;
  std::vector<std::set<std::string, std::less<>>> seen_;  // by name
};

}  // namespace doorward::metrics
