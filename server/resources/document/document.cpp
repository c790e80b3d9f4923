#include "server/resources/document/document.hpp"

#include "store/model/names.hpp"

#include <algorithm>

namespace doorward::resources {

namespace {

bool is_made_of(std::string_view name, std::string_view punctuation) {
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.contains(c);
  });
}

// The path without its last step; empty for a path of one step.
std::string_view parent_of(std::string_view path) {
  const std::size_t cut = path.ends_with(']') ? path.rfind('[') : path.rfind('.');
  return cut == std::string_view::npos ? std::string_view{} : path.substr(0, cut);
}

}  // namespace

std::string field(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (is_made_of(name, "-_")) return path.append(path.empty() ? "" : ".").append(name);
  // Names come from whoever wrote the manifest, and paths go to logs.
  return path.append("[").append(is_made_of(name, "-_./") ? std::string(name) : quoted(name)).append("]");
}

std::string element(std::string_view parent, std::size_t index) {
  return std::string(parent).append("[").append(std::to_string(index)).append("]");
}

std::uint32_t LineTable::line_of(std::string_view path) const {
  for (;; path = parent_of(path)) {
    if (auto it = lines_.find(std::string(path)); it != lines_.end()) return it->second;
    if (path.empty()) return 0;
  }
}

std::uint32_t Document::line_of(std::string_view path) const {
  if (!lines) return line;
  const bool joined_by_dot = !base.empty() && !path.empty() && !path.starts_with('[');
  const std::uint32_t found = lines->line_of(base + (joined_by_dot ? "." : "") + std::string(path));
  return found != 0 ? found : line;
}

std::string Fault::text() const {
  std::string text;
  if (!file.empty()) text = line == 0 ? file + ": " : file + ":" + std::to_string(line) + ": ";
  if (!object.empty()) text += object + ": ";
  if (!field.empty()) text += field + ": ";
  return text + message;
}

}  // namespace doorward::resources
