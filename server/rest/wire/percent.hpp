#pragma once
// The path and the query of a request, taken apart (RFC 3986 sections 3.3, 3.4 and 2.1). What is not
// well-formed is refused, not repaired: a proxy in front might have read it another way. Pure functions.
#include "server/rest/wire/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward::rest {

// `%41` decoded, in a query `+` as a space. Nothing where an escape is cut or no hexadecimal number, or what
// comes out is not UTF-8 or has control characters.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// The segments between the slashes, decoded. Refused: an empty one (but for one slash at the end), `.` and
// `..`, and a slash that an escape hides.
Reply<std::vector<std::string>> split_path(std::string_view path);

class Query {
 public:
  static constexpr std::size_t max_bytes = 32u << 10;
  static constexpr std::size_t max_parameters = 128;

  static Reply<Query> parse(std::string_view text);

  // The first value of the parameter; nothing where it is absent.
  std::optional<std::string_view> find(std::string_view name) const;
  // The same; empty where it is absent.
  std::string_view text(std::string_view name) const { return find(name).value_or(std::string_view()); }
  std::vector<std::string_view> all(std::string_view name) const;
  // As Kubernetes reads booleans: absent, `false` and `0` are false.
  bool flag(std::string_view name) const;
  // A number without a sign; `fallback` where it is absent or empty.
  Reply<std::uint64_t> number(std::string_view name, std::uint64_t fallback) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace doorward::rest
