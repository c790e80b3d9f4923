#include "server/rest/list_pieces.hpp"

#include "server/resources/document/json_access.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;

ListText::ListText(const resources::Kind& kind, Form form, IncludeObject include)
    : kind_(kind),
      form_(form),
      include_(include),
      now_(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) {}

std::string ListText::begin(ResourceVersion version, std::string_view continue_token) const {
  json head;
  if (form_ == Form::table) {
    head = table(kind_, nullptr, std::to_string(version));
    head.erase("rows");
  } else {
    const bool whole = form_ == Form::object;
    head = {{"apiVersion", whole ? kind_.api_version() : "meta.k8s.io/v1"},
            {"kind", whole ? std::string(kind_.name) + "List" : "PartialObjectMetadataList"},
            {"metadata", {{"resourceVersion", std::to_string(version)}}}};
  }
  if (!continue_token.empty()) head["metadata"]["continue"] = continue_token;
  std::string text = resources::to_text(head);
  text.back() = ',';
  return text + (form_ == Form::table ? "\"rows\":[" : "\"items\":[");
}

std::string ListText::item(const json& object) {
  std::string text = std::exchange(first_, false) ? "" : ",\n";
  switch (form_) {
    case Form::table:
      return text + resources::to_text(table_row(kind_, object, include_, now_));
    case Form::metadata:
      return text + resources::to_text(metadata_only(object));
    case Form::object:
      break;
  }
  return text + resources::to_text(object);
}

}  // namespace doorward::rest
