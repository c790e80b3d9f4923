#include "server/ops/label_sets.hpp"

namespace doorward::metrics {
namespace {

// In no UTF-8 text.
constexpr char separator = '\xff';

}  // namespace

std::string join(std::span<const std::string_view> values) {
  std::size_t size = values.size();
  for (const std::string_view value : values) size += value.size();
  std::string joined;
  joined.reserve(size);
  for (const std::string_view value : values) joined.append(value) += separator;
  return joined;
}

std::vector<std::string> part(std::string_view joined) {
  std::vector<std::string> values;
  while (!joined.empty()) {
    const std::size_t end = joined.find(separator);
    values.emplace_back(joined.substr(0, end));
    joined.remove_prefix(end + 1);
  }
  return values;
}

std::string LabelSets::admit(std::span<const std::string_view> values) {
  std::vector<std::string_view> admitted(values.begin(), values.end());
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < admitted.size(); ++i) {
    auto& seen = seen_[i];
    if (admitted[i] == other || seen.contains(admitted[i])) continue;
    if (seen.size() < names_[i].max_values) {
      seen.emplace(admitted[i]);
    } else {
      admitted[i] = other;
    }
  }
  return join(admitted);
}

}  // namespace doorward::metrics
