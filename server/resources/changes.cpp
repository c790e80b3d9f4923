#include "server/resources/changes.hpp"

#include "server/resources/document/document.hpp"
#include "server/resources/prepare.hpp"

#include <set>
#include <variant>

namespace doorward::resources {
namespace {

using nlohmann::json;

// Names of the members that differ, those of `depth` levels.
void differing(const json& before, const json& after, const std::string& path, int depth,
               std::set<std::string>& fields) {
  if (before == after) return;
  if (depth == 0 || !before.is_object() || !after.is_object()) {
    fields.insert(path);
    return;
  }
  const json nothing;
  const auto member = [&](const json& object, const std::string& name) -> const json& {
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
  };
  for (const json* object : {&before, &after}) {
    for (const auto& entry : object->items())
      differing(member(before, entry.key()), member(after, entry.key()), field(path, entry.key()), depth - 1,
                fields);
  }
}

std::string name_of(const ObjectKey& key) {
  const Kind* kind = find_kind(key.kind);
  return kind == nullptr ? key.text() : object_text(*kind, key);
}

}  // namespace

std::vector<ObjectChange> changes_of(Workspace& workspace, const std::vector<Write>& writes) {
  std::vector<ObjectChange> changes;
  std::set<ObjectKey> told;
  for (const Write& write : writes) {
    if (const auto* removed = std::get_if<Delete>(&write)) {
      told.insert(removed->key);
      changes.push_back({"delete", name_of(removed->key), {}});
      continue;
    }
    const auto& put = std::get<Put>(write);
    const ObjectKey& key = put.object.key;
    Workspace::Object* object = workspace.find(key);
    if (object == nullptr || !told.insert(key).second) continue;
    ObjectChange change{object->existed() ? "update" : "create", name_of(key), {}};
    if (object->existed()) {
      std::set<std::string> fields;
      differing(object->before, object->document, "", 2, fields);
      // Credentials are in no document.
      if (put.login) fields.insert("spec.authentication");
      change.fields.assign(fields.begin(), fields.end());
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace doorward::resources
