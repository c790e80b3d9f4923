#include "server/resources/kinds/object_size.hpp"

#include "server/resources/document/json_access.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace doorward::resources {

std::size_t max_object_bytes(const Kind& kind) {
  static constexpr std::array read_whole{store_kind::address_spaces, store_kind::address_space_plans,
                                         store_kind::address_plans, store_kind::authentication_services};
  return std::ranges::find(read_whole, kind.store_kind) == read_whole.end() ? max_bytes
                                                                            : max_bytes_read_whole;
}

std::optional<FieldError> check_size(const Kind& kind, const nlohmann::json& document) {
  const std::size_t bytes = to_text(document).size(), most = max_object_bytes(kind);
  if (bytes <= most) return std::nullopt;
  std::string largest;
  std::size_t largest_bytes = 0;
  for (const auto& [name, value] : document.items()) {
    const std::size_t size = to_text(value).size();
    if (size <= largest_bytes) continue;
    largest = name;
    largest_bytes = size;
  }
  return FieldError{FieldError::Type::too_long, std::move(largest),
                    "the object takes " + std::to_string(bytes) + " bytes as JSON: use at most " +
                        std::to_string(most) + " for this kind"};
}

}  // namespace doorward::resources
