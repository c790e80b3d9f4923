#pragma once
// Reading the JSON of a body within bounds: what nests too deep, or holds so many values that it would take
// many times its own size, is refused while it is read, before anything recurses over it, and a key that
// stands twice in one object is named. Pure functions.
#include "server/rest/wire/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

struct JsonBounds {
  std::size_t depth = 64;
  std::size_t bytes = 3u << 20;
  std::size_t values = 200'000;  // each takes some 20 to 160 bytes
  std::size_t duplicates = 64;   // that are named, each in this many bytes
  std::size_t path_bytes = 512;
};

struct JsonBody {
  nlohmann::json value;
  // Paths of the keys that stood twice, the last of which counts: `spec.username`. Long ones are cut, and end
  // in `...` then.
  std::vector<std::string> duplicates;
};

// 413 for a body of more bytes than the bounds allow.
std::unexpected<Failure> body_too_large(const JsonBounds& bounds);

// 413 for more bytes or values than the bounds allow, 400 for what is no JSON or nests too deep.
Reply<JsonBody> read_json(std::string_view text, const JsonBounds& bounds = {});

// The same of YAML of one document, where `text` is no JSON. Keys that stand twice are refused, and what
// would be more than twice the bytes of a body once it is read: its aliases written out, 64 bytes for each
// value.
Reply<JsonBody> read_json_or_yaml(std::string_view text, const JsonBounds& bounds = {});

}  // namespace doorward::rest
