#pragma once
// Strong types for the names that a login carries, each made by its `parse` only, so that swapped arguments
// do not compile and an unchecked string goes nowhere.
#include "store/model/result.hpp"

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace doorward {

// The name that `sasl-init.hostname` carries; it belongs to one address space.
class Realm {
 public:
  static constexpr std::size_t max_bytes = 253;
  // 1 to 253 bytes of `[a-z0-9.-]`, beginning and ending with a letter or digit.
  static Result<Realm> parse(std::string_view text);
  // EnMasse's default for a space: `namespace-name` in lower case, without what is not `[a-z0-9-]`, cut at
  // 60, a hyphen at an end replaced by 1.
  static Result<Realm> of_address_space(std::string_view ns, std::string_view name);

  const std::string& text() const { return text_; }
  auto operator<=>(const Realm&) const = default;

 private:
  explicit Realm(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// A MessagingUser's `spec.username`: `^[a-z0-9]+([a-z0-9_@.:\-]*[a-z0-9]+|[a-z0-9]*)$`, 256 bytes at most.
// Matched by hand in linear time: the pattern backtracks for seconds in a regex engine.
class Username {
 public:
  static constexpr std::size_t max_bytes = 256;
  static Result<Username> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const Username&) const = default;

 private:
  explicit Username(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// `^[a-z]([-a-z0-9]*[a-z0-9])?$`, 63 bytes at most, without a dot: a user's object name is split at its first
// dot.
bool is_address_space_name(std::string_view text);
// RFC 1123 label and subdomain, as Kubernetes names its objects and namespaces (63 and 253 bytes at most).
bool is_dns_label(std::string_view text);
bool is_dns_subdomain(std::string_view text);
// What `spec.external.plugin.name` may be: 1 to 64 of `[a-z0-9_-]`, beginning with a letter or digit. Never a
// path.
bool is_plugin_name(std::string_view text);
// Well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// C0, DEL or C1. REQUIRES: well-formed UTF-8.
bool has_control_character(std::string_view text);
// At most `max_bytes` of `text` in double quotes, with control characters, invisible ones and bad UTF-8 as
// `\xNN`: what a peer sent, made fit for a log line or an error. Where it was cut its length follows:
// `"abc"... (300 bytes)`. An object and no function: for a std::string a call would also find std::quoted,
// which escapes nothing of that.
struct Quoted {
  std::string operator()(std::string_view text, std::size_t max_bytes = 64) const;
};
inline constexpr Quoted quoted;

}  // namespace doorward

template <>
struct std::hash<doorward::Realm> {
  std::size_t operator()(const doorward::Realm& r) const noexcept {
    return std::hash<std::string>{}(r.text());
  }
};
template <>
struct std::hash<doorward::Username> {
  std::size_t operator()(const doorward::Username& u) const noexcept {
    return std::hash<std::string>{}(u.text());
  }
};
