#pragma once
// The one error channel: what can fail returns a Result. Exceptions end at start-up and at the borders of
// libraries that throw.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace doorward {

enum class ErrorCode : std::uint8_t {
  not_found,
  already_exists,  // the name, or something that must be unique (a username in a realm, a realm), is taken
  conflict,        // the expected version is no longer the current one
  invalid,         // the caller's input; the message says what to change
  expired,         // history that was asked for has been compacted away
  unavailable,     // may work later: locked, full, overloaded
  internal,        // a defect or a corrupt file
};

// `not_found`, `already_exists`, ... as logs and errors spell them.
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string message;  // for a person, without secrets
  bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace doorward
