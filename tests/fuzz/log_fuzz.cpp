// What a peer sent, on its way into the log: whatever the bytes, a line stays one line of bounded length, a
// value stays inside of its quotes, and a JSON line is JSON.
#include "server/ops/log.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

namespace {

using namespace doorward;

void must(bool holds) {
  if (!holds) std::abort();
}

bool is_one_line(std::string_view line) {
  return std::ranges::none_of(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void text(std::string_view value) {
  const std::string line = log::format_line(log::Format::text, "login", {{"user", value}, {"end", true}});
  must(is_one_line(line));
  must(line.starts_with("login user=") && line.ends_with(" end=true"));
  std::string_view shown = std::string_view(line).substr(11);
  shown.remove_suffix(9);
  must(!shown.empty());
  // An escape is four bytes long at most; the rest is for the quotes and the mark of what was cut.
  must(shown.size() <= 4 * log::max_value_bytes + 16);
  if (!shown.starts_with('"')) {
    must(shown == value && shown.find_first_of(" \"=") == std::string_view::npos);
    return;
  }
  // The first quote that is not escaped ends the value; only the mark of what was cut may follow.
  std::size_t end = 1;
  while (end < shown.size() && shown[end] != '"') end += shown[end] == '\\' ? 2 : 1;
  must(end < shown.size());
  must(shown.substr(end + 1).find_first_of(" \"=") == std::string_view::npos);
}

void json(std::string_view value) {
  const std::string line =
      "{" + log::format_line(log::Format::json, "login", {{"user", value}, {"end", true}}) + "}";
  must(is_one_line(line));
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  must(parsed.is_object() && parsed.size() == 3 && parsed["user"].is_string() && parsed["end"] == true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  text(value);
  json(value);
  return 0;
}
