#include "server/resources/kinds/realm_names.hpp"

#include "server/resources/document/json_access.hpp"

namespace doorward::resources {

namespace {
constexpr std::string_view reserved_suffix = ".invalid";
}

std::optional<FieldError> check_realm_field(const nlohmann::json& object,
                                            std::initializer_list<std::string_view> path) {
  const nlohmann::json* value = find_at(object, path);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  std::string where;
  for (const std::string_view name : path) where = field(where, name);
  const auto& text = value->get_ref<const std::string&>();
  if (auto realm = Realm::parse(text); !realm)
    return FieldError{FieldError::Type::invalid, std::move(where), realm.error().message};
  if (text.ends_with(reserved_suffix))
    return FieldError{FieldError::Type::forbidden, std::move(where),
                      "names under .invalid are reserved: choose another realm"};
  return std::nullopt;
}

Realm waiting_realm(std::string_view ns, std::string_view address_space) {
  // Both are DNS labels, so that the whole is a realm.
  std::string text(address_space);
  text.append(".").append(ns).append(".waiting").append(reserved_suffix);
  return Realm::parse(text).value();
}

}  // namespace doorward::resources
