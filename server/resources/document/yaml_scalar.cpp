#include "server/resources/document/yaml_scalar.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace doorward::resources {

namespace {

using nlohmann::json;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// [-+]? [0-9]+
bool is_decimal(std::string_view text) {
  const std::size_t begin = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return begin < text.size() && skip_digits(text, begin) == text.size();
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  const bool has_whole = at > whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = ++at;
    at = skip_digits(text, at);
    if (!has_whole && at == fraction) return false;
  } else if (!has_whole) {
    return false;
  }
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  return is_decimal(text.substr(at + 1));
}

// 0o [0-7]+ and 0x [0-9a-fA-F]+
int prefixed_base(std::string_view text) {
  const int base = text.starts_with("0o") ? 8 : text.starts_with("0x") ? 16 : 0;
  const std::string_view digits = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
  return base != 0 && text.size() > 2 && text.find_first_not_of(digits, 2) == std::string_view::npos ? base
                                                                                                     : 0;
}

template <class Number>
bool parse_whole(std::string_view text, int base, json& out) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  out = number;
  return true;
}

std::unexpected<Error> out_of_range() {
  return fail(ErrorCode::invalid, "a number that is out of range: put it in quotes if it is meant as text");
}

Result<json> integer(std::string_view text, int base) {
  if (text.starts_with('+')) text.remove_prefix(1);
  json value;
  if (parse_whole<std::int64_t>(text, base, value) || parse_whole<std::uint64_t>(text, base, value))
    return value;
  return out_of_range();
}

Result<json> floating(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return out_of_range();
  return json(value);
}

}  // namespace

Result<json> plain_scalar(std::string_view text) {
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return json();
  if (one_of(text, {"true", "True", "TRUE"})) return json(true);
  if (one_of(text, {"false", "False", "FALSE"})) return json(false);
  if (is_decimal(text)) return integer(text, 10);
  if (const int base = prefixed_base(text); base != 0) return integer(text.substr(2), base);
  if (is_float(text)) return floating(text);
  if (one_of(text, {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                    "-.Inf", "-.INF"}))
    return out_of_range();
  return json(text);
}

Result<json> tagged_scalar(std::string_view tag, std::string_view text) {
  if (tag == "str") return json(text);
  Result<json> value = plain_scalar(text);
  if (!value) return value;
  const bool fits = (tag == "null" && value->is_null()) || (tag == "bool" && value->is_boolean()) ||
                    (tag == "int" && value->is_number_integer()) || (tag == "float" && value->is_number());
  if (!fits) return fail(ErrorCode::invalid, "not a value for its tag: remove the tag (!!...)");
  return value;
}

}  // namespace doorward::resources
