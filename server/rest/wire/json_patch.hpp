#pragma once
// RFC 6902 JSON patches of an object, within bounds of size, depth and work that hold after every operation.
// Pure functions.
#include "server/rest/wire/failure.hpp"

#include <cstddef>

#include <nlohmann/json.hpp>

namespace doorward::rest {

struct PatchBounds {
  std::size_t operations = 1'000;
  // Of the patched object, as of a body; a location of more names than this is nowhere in it.
  std::size_t depth = 64;
  // All that the copies of one patch add: texts and names, and one byte for every value; and the values.
  std::size_t copied_bytes = 3u << 20;
  std::size_t copied_values = 200'000;
  // Elements that other ones pushed aside in their list, and values that were looked at to learn their depth:
  // 50 to 100 ms of a processor.
  std::size_t touched = 10'000'000;
};

// What `patch` makes of `object`. 400 for what is no JSON patch, 413 for one of too many operations, 422 for
// one that does not apply to the object or leaves the bounds. Neither it nor `patch` may be deeper than
// `depth`.
Reply<nlohmann::json> json_patch(const nlohmann::json& object, const nlohmann::json& patch,
                                 const PatchBounds& bounds = {});

}  // namespace doorward::rest
