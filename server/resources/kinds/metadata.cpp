#include "server/resources/kinds/metadata.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <algorithm>

namespace doorward::resources {

namespace {

using nlohmann::json;

constexpr std::size_t max_annotations_bytes = 256 * 1024;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// [A-Za-z0-9] ( [-A-Za-z0-9_.]{0,61} [A-Za-z0-9] )?
bool is_label_text(std::string_view text) {
  return !text.empty() && text.size() <= 63 && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) && std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) || std::string_view("-_.").contains(c);
         });
}

// ( DNS subdomain "/" )? label text
bool is_qualified_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_text(text);
  return is_dns_subdomain(text.substr(0, slash)) && is_label_text(text.substr(slash + 1));
}

// What a path can hold between two slashes, and nothing that a log could not.
bool is_path_segment(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text != "." && text != ".." && is_utf8(text) &&
         std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f || c == '/' || c == '%';
         });
}

void check_name(const std::string& name, Names names, FieldErrors& errors) {
  if (names == Names::dns_subdomain ? is_dns_subdomain(name) : is_path_segment(name)) return;
  errors.push_back(
      {FieldError::Type::invalid, "metadata.name",
       quoted(name) +
           (names == Names::dns_subdomain
                ? " is no name: use at most 253 of a-z, 0-9, '-' and '.', with a letter or digit at both ends"
                : " is no name: use at most 253 bytes without '/', '%' and control characters")});
}

void check_names(const json& map, const std::string& path, FieldErrors& errors) {
  for (const auto& [name, value] : map.items()) {
    if (!is_qualified_name(name))
      errors.push_back(
          {FieldError::Type::invalid, field(path, name),
           "no name for a label or annotation: use at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', "
           "optionally behind a DNS name and '/'"});
  }
}

}  // namespace

FieldErrors validate_metadata(const json& object, Names names) {
  FieldErrors errors;
  const json* metadata = find_at(object, {"metadata"});
  if (metadata == nullptr || !metadata->is_object()) return errors;

  if (const json* name = find_at(*metadata, {"name"}); name != nullptr && name->is_string())
    check_name(name->get_ref<const std::string&>(), names, errors);
  if (const json* ns = find_at(*metadata, {"namespace"});
      ns != nullptr && ns->is_string() && !is_dns_label(ns->get_ref<const std::string&>()))
    errors.push_back(
        {FieldError::Type::invalid, "metadata.namespace",
         quoted(ns->get_ref<const std::string&>()) +
             " is no namespace: use at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends"});

  if (const json* labels = find_at(*metadata, {"labels"}); labels != nullptr && labels->is_object()) {
    check_names(*labels, "metadata.labels", errors);
    for (const auto& [name, value] : labels->items()) {
      if (!value.is_string() || value == "" || is_label_text(value.get_ref<const std::string&>())) continue;
      errors.push_back(
          {FieldError::Type::invalid, field("metadata.labels", name),
           "no value for a label: use at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', with a letter or "
           "digit at both ends"});
    }
  }
  if (const json* annotations = find_at(*metadata, {"annotations"});
      annotations != nullptr && annotations->is_object()) {
    check_names(*annotations, "metadata.annotations", errors);
    std::size_t bytes = 0;
    for (const auto& [name, value] : annotations->items())
      bytes += name.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
    if (bytes > max_annotations_bytes)
      errors.push_back(
          {FieldError::Type::too_long, "metadata.annotations",
           "has " + std::to_string(bytes) + " bytes: use at most " + std::to_string(max_annotations_bytes)});
  }
  return errors;
}

}  // namespace doorward::resources
