// The protobuf of Kubernetes: whatever is read is an object with a kind, made of text.
#include "server/resources/document/json_access.hpp"
#include "server/rest/wire/protobuf.hpp"

#include <cstdint>
#include <cstdlib>

using namespace doorward;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = rest::read_protobuf({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  if (!value->is_object() || resources::text_at(*value, {"kind"}).empty()) std::abort();
  if (nlohmann::json::parse(resources::to_text(*value), nullptr, false) != *value) std::abort();
  return 0;
}
