#include "server/resources/manifest.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/user_credentials.hpp"
#include "server/resources/prepare.hpp"
#include "store/model/names.hpp"

#include <map>
#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

// The EnMasse bundle carries these for the Prometheus operator.
constexpr std::string_view prometheus_group = "monitoring.coreos.com/";

std::string known_kinds() {
  std::string text;
  for (const auto& kind : kinds())
    text += (text.empty() ? "" : ", ") + std::string(kind.name) + " (" + kind.api_version() + ")";
  return text;
}

// `List`, or the list of a kind that there is.
bool is_list(const json& value) {
  const std::string kind = text_at(value, {"kind"});
  const json* items = find_at(value, {"items"});
  if (items == nullptr || !items->is_array() || !kind.ends_with("List")) return false;
  return kind == "List" ||
         find_kind(text_at(value, {"apiVersion"}), kind.substr(0, kind.size() - 4)) != nullptr;
}

// The items of lists in place of the lists. The items of a kind's own list may leave out what the list says.
std::vector<Document> unfold(std::vector<Document> documents) {
  std::vector<Document> out;
  for (auto& document : documents) {
    if (!is_list(document.value)) {
      out.push_back(std::move(document));
      continue;
    }
    const std::string kind = text_at(document.value, {"kind"});
    json& items = document.value["items"];
    for (std::size_t i = 0; i < items.size(); ++i) {
      Document item{std::move(items[i]), document.file, 0, document.lines, element("items", i)};
      item.line = document.lines ? document.lines->line_of(item.base) : document.line;
      if (kind != "List" && item.value.is_object()) {
        item.value.emplace("apiVersion", document.value["apiVersion"]);
        item.value.emplace("kind", kind.substr(0, kind.size() - 4));
      }
      out.push_back(std::move(item));
    }
  }
  return out;
}

FieldError wrong_version(const Kind& kind, std::string_view api_version) {
  return {FieldError::Type::not_supported, "apiVersion",
          quoted(api_version) + " has no " + std::string(kind.name) + ": write " + kind.api_version()};
}

class Identification {
 public:
  Identification(const Settings& settings) : settings_(settings) {}

  void take(Document document) {
    const std::string api_version = text_at(document.value, {"apiVersion"});
    const std::string name = text_at(document.value, {"kind"});
    if (api_version.empty())
      return fault(document, "apiVersion", "is required; known kinds: " + known_kinds());
    if (name.empty()) return fault(document, "kind", "is required; known kinds: " + known_kinds());
    if (api_version.starts_with(prometheus_group)) {
      out.remarks.push_back(document.file + ":" + std::to_string(document.line) + ": " + quoted(name) +
                            " is for Prometheus: passed over");
      return;
    }
    const Kind* kind = find_kind(api_version, name);
    const bool readable = kind != nullptr;
    // Of the wrong version: what else is wrong with it is told at once.
    if (!readable) kind = find_kind_named(name);
    if (kind == nullptr)
      return fault(
          document, "kind",
          quoted(name) + " of " + quoted(api_version) + " is not known; known kinds: " + known_kinds());
    if (kind->computed)
      return fault(document, "kind", std::string(kind->name) + " is made by doorward itself: remove it");
    drop_nulls(document.value);
    document.value.erase("status");  // what is derived here; elsewhere it may have had other fields
    Manifest manifest{kind, key_of(*kind, document.value, settings_), std::move(document)};
    FieldErrors errors = validate(*kind, manifest.document.value);
    manifest.valid = readable && errors.empty();
    if (!readable) errors.push_back(wrong_version(*kind, api_version));
    for (auto& error : errors) out.faults.push_back(fault_of(manifest, std::move(error)));
    if (errors.more() > 0)
      out.faults.push_back(fault_of(manifest, {{}, "", "and " + std::to_string(errors.more()) + " more"}));
    if (!manifest.key.name.empty()) note_place(manifest);
    if (std::string remark = password_remark(manifest.document.value); manifest.valid && !remark.empty())
      out.remarks.push_back(
          fault_of(manifest, {{}, "spec.authentication.password", std::move(remark)}).text());
    out.manifests.push_back(std::move(manifest));
  }

  Manifests out;

 private:
  void fault(const Document& document, std::string where, std::string message) {
    out.faults.push_back({document.file, document.line_of(where), {}, std::move(where), std::move(message)});
  }

  void note_place(Manifest& manifest) {
    const Document& document = manifest.document;
    const std::string place = document.file + ":" + std::to_string(document.line);
    const auto [first, is_first] = places_.emplace(manifest.key, place);
    if (is_first) return;
    manifest.valid = false;
    out.faults.push_back(fault_of(manifest, {FieldError::Type::duplicate, "metadata.name",
                                             "is already in " + first->second + ": remove one of them"}));
  }

  const Settings& settings_;
  std::map<ObjectKey, std::string> places_;
};

}  // namespace

Fault fault_of(const Manifest& manifest, FieldError error) {
  return {manifest.document.file, manifest.document.line_of(error.field),
          object_text(*manifest.kind, manifest.key), std::move(error.field), std::move(error.message)};
}

Manifests identify(std::vector<Document> documents, const Settings& settings) {
  Identification identification(settings);
  for (auto& document : unfold(std::move(documents))) identification.take(std::move(document));
  return std::move(identification.out);
}

}  // namespace doorward::resources
