#include "server/config/section.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace doorward {
namespace {

using nlohmann::json;

struct Unit {
  std::string_view name;
  std::chrono::milliseconds value;
};
// The longest first, as format_duration() tries them.
constexpr Unit units[] = {{"h", std::chrono::hours(1)},
                          {"m", std::chrono::minutes(1)},
                          {"s", std::chrono::seconds(1)},
                          {"ms", std::chrono::milliseconds(1)}};

// Levenshtein's distance, bounded by what a person mistypes.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

constexpr std::size_t max_key_bytes = 64;

std::string_view name_of(json::value_t type) {
  switch (type) {
    case json::value_t::object:
      return "a mapping";
    case json::value_t::array:
      return "a list";
    case json::value_t::boolean:
      return "true or false";
    case json::value_t::string:
      return "text";
    case json::value_t::null:
      return "nothing";
    default:
      return "a number";
  }
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, text.data() + text.size());
  const auto* found = std::ranges::find(units, unit, &Unit::name);
  if (found == std::end(units)) return std::nullopt;
  return found->value * count;
}

std::string format_duration(std::chrono::milliseconds value) {
  const auto* unit = std::ranges::find_if(
      units, [&](const Unit& u) { return value.count() != 0 && value.count() % u.value.count() == 0; });
  if (unit == std::end(units)) return "0s";
  return fmt::format("{}{}", value / unit->value, unit->name);
}

Section::Section(const json& object, std::string path, Faults& faults)
    : object_(object), path_(std::move(path)), faults_(faults) {}

std::string Section::path_of(std::string_view key) const { return resources::field(path_, key); }

void Section::fault(std::string_view key, std::string message) {
  faults_.push_back({.field = path_of(key), .message = std::move(message)});
}

const json* Section::find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = object_.find(known_.back());
  // `key:` with nothing behind it means the default, as it does where every line of a section is commented
  // out.
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const json* Section::find(std::string_view key, json::value_t type, std::string_view expected) {
  const json* value = find(key);
  if (value == nullptr || value->type() == type) return value;
  fault(key, fmt::format("must be {}, not {}", expected, name_of(value->type())));
  return nullptr;
}

bool Section::parsed(std::string_view key, const std::function<std::string(const std::string&)>& into) {
  const json* value = find(key);
  if (value == nullptr) return false;
  std::string wrong = value->is_string() ? into(value->get_ref<const std::string&>())
                                         : fmt::format("must be text, not {}", name_of(value->type()));
  if (!wrong.empty()) fault(key, std::move(wrong));
  return true;
}

void Section::text(std::string_view key, std::string& into) {
  parsed(key, [&](const std::string& value) {
    into = value;
    return "";
  });
}

void Section::path(std::string_view key, std::filesystem::path& into) {
  parsed(key, [&](const std::string& value) {
    if (value.find('\0') != std::string::npos) return "is no path: it contains a NUL";
    into = value;
    return "";
  });
}

bool Section::flag(std::string_view key, bool& into) {
  const json* value = find(key, json::value_t::boolean, "true or false");
  if (value != nullptr) into = value->get<bool>();
  return value != nullptr;
}

void Section::number(std::string_view key, std::uint32_t& into, std::uint32_t least, std::uint32_t most) {
  const json* value = find(key);
  if (value == nullptr) return;
  const bool in_range = value->is_number_integer() &&
                        (value->is_number_unsigned() ? value->get<std::uint64_t>() <= most
                                                     : value->get<std::int64_t>() <= std::int64_t{most}) &&
                        (value->is_number_unsigned() ? value->get<std::uint64_t>() >= least
                                                     : value->get<std::int64_t>() >= std::int64_t{least});
  if (in_range) {
    into = value->get<std::uint32_t>();
  } else {
    fault(key, fmt::format("must be a whole number from {} to {}", least, most));
  }
}

void Section::duration(std::string_view key, std::chrono::milliseconds& into, std::chrono::milliseconds least,
                       std::chrono::milliseconds most) {
  const json* value = find(key);
  if (value == nullptr) return;
  const auto parsed_value =
      value->is_string() ? parse_duration(value->get_ref<const std::string&>()) : std::nullopt;
  if (parsed_value && *parsed_value >= least && *parsed_value <= most) {
    into = *parsed_value;
  } else {
    fault(key, fmt::format("must be a whole number with its unit (ms, s, m, h) from {} to {}",
                           format_duration(least), format_duration(most)));
  }
}

void Section::choice(std::string_view key, std::span<const std::string_view> names,
                     const std::function<void(std::size_t)>& into) {
  parsed(key, [&](const std::string& value) -> std::string {
    const auto found = std::ranges::find(names, value);
    if (found == names.end()) return fmt::format("{} is none of {}", quoted(value), fmt::join(names, ", "));
    into(static_cast<std::size_t>(found - names.begin()));
    return "";
  });
}

void Section::section(std::string_view key, const std::function<void(Section&)>& read) {
  const json* value = find(key, json::value_t::object, "a mapping");
  if (value == nullptr) return;
  Section inner(*value, path_of(key), faults_);
  read(inner);
  inner.finish();
}

bool Section::list(std::string_view key, const std::function<void(Section&)>& read) {
  const json* value = find(key, json::value_t::array, "a list");
  if (value == nullptr) return false;
  for (std::size_t i = 0; i < value->size(); ++i) {
    const std::string element = resources::element(path_of(key), i);
    if (!(*value)[i].is_object()) {
      faults_.push_back({.field = element,
                         .message = fmt::format("must be a mapping, not {}", name_of((*value)[i].type()))});
      continue;
    }
    Section inner((*value)[i], element, faults_);
    read(inner);
    inner.finish();
  }
  return true;
}

void Section::texts(std::string_view key, std::vector<std::string>& into) {
  const json* value = find(key, json::value_t::array, "a list");
  if (value == nullptr) return;
  into.clear();
  for (std::size_t i = 0; i < value->size(); ++i) {
    const json& element = (*value)[i];
    if (element.is_string() && !element.get_ref<const std::string&>().empty()) {
      into.push_back(element.get<std::string>());
    } else {
      faults_.push_back({.field = resources::element(path_of(key), i), .message = "must be text"});
    }
  }
}

void Section::finish() {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const std::string_view seen = std::string_view(key).substr(0, max_key_bytes);
    const auto nearest =
        std::ranges::min_element(known_, {}, [&](const std::string& known) { return distance(seen, known); });
    const bool alike = nearest != known_.end() && distance(seen, *nearest) <= 1 + nearest->size() / 4;
    fault(seen, alike ? fmt::format("is no setting: did you mean {}?", *nearest)
                      : fmt::format("is no setting: known here are {}", fmt::join(known_, ", ")));
  }
}

}  // namespace doorward
