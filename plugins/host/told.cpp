#include "plugins/host/told.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <cstring>

namespace doorward::plugins {
namespace {

constexpr std::size_t max_mechanism_bytes = 20;

//   mech-char = UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE      ; RFC 4422 section 3.1: 1 to 20 of them
bool is_mechanism(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= max_mechanism_bytes && std::ranges::all_of(name, fits);
}

}  // namespace

Result<std::vector<std::string>> read_mechanisms(const char* const* names) {
  std::vector<std::string> read;
  for (; names != nullptr && *names != nullptr; ++names) {
    const std::string_view name(*names, strnlen(*names, max_mechanism_bytes + 1));
    if (!is_mechanism(name))
      return fail(ErrorCode::invalid,
                  "the plugin names the mechanism " + quoted(name) + ", which is no name of one (RFC 4422)");
    if (read.size() == max_mechanisms)
      return fail(ErrorCode::invalid, "the plugin names more than 32 mechanisms");
    if (std::ranges::find(read, name) != read.end())
      return fail(ErrorCode::invalid, "the plugin names " + quoted(name) + " twice");
    read.emplace_back(name);
  }
  return read;
}

std::string read_open_reason(std::string_view buffer) {
  const std::string_view why = buffer.substr(0, buffer.find('\0')).substr(0, DOORWARD_MAX_REASON);
  if (why.empty()) return "the plugin cannot be opened and gives no reason";
  return is_utf8(why) && !has_control_character(why) ? std::string(why) : quoted(why, DOORWARD_MAX_REASON);
}

std::string_view read_log_text(const doorward_bytes& text) {
  if (text.data == nullptr) return {};
  return {text.data, std::min(text.size, max_log_bytes)};
}

}  // namespace doorward::plugins
