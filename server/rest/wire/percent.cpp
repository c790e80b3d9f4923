#include "server/rest/wire/percent.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <charconv>

namespace doorward::rest {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (is_control(c)) return std::nullopt;
    out += c;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

Reply<std::vector<std::string>> split_path(std::string_view path) {
  if (!path.starts_with('/')) return bad_request("the path must begin with a slash");
  path.remove_prefix(1);
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end), false);
    if (!segment || segment->empty() || *segment == "." || *segment == ".." || segment->contains('/'))
      return bad_request(
          "the path has a segment that is empty, is \".\" or \"..\", or is not well escaped: send it as it "
          "is meant");
    segments.push_back(std::move(*segment));
    if (end == path.size()) break;
    path.remove_prefix(end + 1);
    if (path.empty()) return bad_request("the path has an empty segment: send it as it is meant");
  }
  return segments;
}

Reply<Query> Query::parse(std::string_view text) {
  if (text.size() > max_bytes)
    return bad_request("the query is longer than " + std::to_string(max_bytes) + " bytes");
  Query query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view parameter = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (parameter.empty()) continue;
    if (query.parameters_.size() == max_parameters)
      return bad_request("the query has more than " + std::to_string(max_parameters) + " parameters");
    const std::size_t equals = parameter.find('=');
    auto name = percent_decode(parameter.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>(std::string())
                                                  : percent_decode(parameter.substr(equals + 1), true);
    if (!name || !value)
      return bad_request("the query is not well escaped: percent-encode what is not a letter or digit");
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  const auto it = std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first);
  if (it == parameters_.end()) return std::nullopt;
  return it->second;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : parameters_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

bool Query::flag(std::string_view name) const {
  const auto value = find(name);
  return value && *value != "false" && *value != "False" && *value != "0";
}

Reply<std::uint64_t> Query::number(std::string_view name, std::uint64_t fallback) const {
  const std::string_view value = text(name);
  if (value.empty()) return fallback;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size())
    return bad_request("the parameter " + std::string(name) + " must be a number, not " + quoted(value));
  return number;
}

}  // namespace doorward::rest
