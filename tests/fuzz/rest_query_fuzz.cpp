// Paths and queries: the first line is a path, the rest a query. What is taken apart has no segment that
// could lead elsewhere, and is text.
#include "server/rest/wire/percent.hpp"
#include "server/rest/wire/target.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace doorward;

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  if (const auto segments = rest::split_path(text.substr(0, line))) {
    for (const std::string& segment : *segments)
      must(is_utf8(segment) && !segment.empty() && segment != "." && segment != ".." &&
           !segment.contains('/'));
    if (const auto target = rest::target_of(*segments)) must(!target->resource.empty());
  }
  const auto query = rest::Query::parse(text.substr(std::min(line + 1, text.size())));
  if (!query) return 0;
  for (const char* name : {"limit", "watch", "labelSelector"}) must(is_utf8(query->text(name)));
  (void)query->number("limit", 0);
  return 0;
}
