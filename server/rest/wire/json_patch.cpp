// One object is patched in place, operation by operation: what an operation costs is what it touches, not
// what there is. It stays within its depth because nothing is put where its own depth would lead out of it;
// so whatever recurses over it (writing, comparing, freeing) may.
#include "server/rest/wire/json_patch.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward::rest {

using nlohmann::json;

namespace {

using Pointer = std::vector<std::string>;  // the names of RFC 6901, without their escapes

std::optional<std::string> unescaped(std::string_view token) {
  std::string name;
  name.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      name += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    name += token[i] == '0' ? '~' : '/';
  }
  return name;
}

// Nothing where an escape is none. `text` is empty or begins with a slash.
std::optional<Pointer> pointer_of(std::string_view text) {
  Pointer pointer;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('/'), text.size());
    auto name = unescaped(text.substr(0, end));
    if (!name) return std::nullopt;
    pointer.push_back(std::move(*name));
    text.remove_prefix(end);
  }
  return pointer;
}

// Of a list: decimal digits, without zeros in front.
std::optional<std::size_t> index_of(std::string_view name) {
  std::size_t index = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, index);
  if (error != std::errc() || stop != end || (name.size() > 1 && name.front() == '0')) return std::nullopt;
  return index;
}

// A value of an object or a list; null where there is none.
json* child(json& parent, const std::string& name) {
  if (parent.is_object()) {
    const auto it = parent.find(name);
    return it == parent.end() ? nullptr : &*it;
  }
  const auto index = index_of(name);
  return parent.is_array() && index && *index < parent.size() ? &parent[*index] : nullptr;
}

json* find(json& object, const Pointer& pointer, std::size_t names) {
  json* at = &object;
  for (std::size_t i = 0; i < names && at != nullptr; ++i) at = child(*at, pointer[i]);
  return at;
}

struct Extent {
  std::size_t levels = 0;  // of lists and objects; a plain value has none
  std::size_t values = 1;
  std::size_t bytes = 1;  // as PatchBounds counts them
};

// Of a value that is within its depth, so recursion is bounded.
Extent extent_of(const json& value) {
  Extent all;
  if (value.is_string()) all.bytes += value.get_ref<const std::string&>().size();
  if (!value.is_structured()) return all;
  for (auto it = value.begin(); it != value.end(); ++it) {
    const Extent one = extent_of(*it);
    all.levels = std::max(all.levels, one.levels);
    all.values += one.values;
    all.bytes += one.bytes + (value.is_object() ? it.key().size() : 0);
  }
  ++all.levels;
  return all;
}

// An operation that was found to be one.
struct Operation {
  std::string_view op;
  std::string_view path_text, from_text;
  const json* value = nullptr;
  Pointer path = {}, from = {};
};

class Patching {
 public:
  Patching(json object, const PatchBounds& bounds) : object_(std::move(object)), bounds_(bounds) {}

  Reply<> apply(const Operation& operation) {
    op_ = &operation;
    if (operation.op == "add") return add(*operation.value);
    if (operation.op == "remove") return remove();
    if (operation.op == "replace") return replace();
    if (operation.op == "move") return move();
    if (operation.op == "copy") return copy();
    return test();
  }
  json done() && { return std::move(object_); }

 private:
  // Without what it found instead, which may be a secret.
  std::unexpected<Failure> does_not_apply() const {
    return unprocessable("the patch does not apply: " + std::string(op_->op) + " " +
                         quoted(op_->path_text, 256));
  }

  Reply<> touch(std::size_t values) {
    touched_ += values;
    if (touched_ <= bounds_.touched) return {};
    return unprocessable("the patch moves too much: send fewer operations, or replace the list as a whole");
  }

  // Whether a value of so many levels may be where the operation puts it.
  Reply<> check_depth(std::size_t levels) const {
    if (op_->path.size() + levels <= bounds_.depth) return {};
    return unprocessable("the patch makes the object deeper than " + std::to_string(bounds_.depth) +
                         " levels: " + std::string(op_->op) + " " + quoted(op_->path_text, 256));
  }

  Reply<> add(const json& value) {
    if (auto checked = check_depth(extent_of(value).levels); !checked) return checked;
    return put(value);
  }

  Reply<> put(json value) {
    if (op_->path.empty()) {
      object_ = std::move(value);
      return {};
    }
    json* parent = find(object_, op_->path, op_->path.size() - 1);
    const std::string& name = op_->path.back();
    if (parent == nullptr || !parent->is_structured()) return does_not_apply();
    if (parent->is_object()) {
      (*parent)[name] = std::move(value);
      return {};
    }
    const auto index = name == "-" ? std::optional(parent->size()) : index_of(name);
    if (!index || *index > parent->size()) return does_not_apply();
    if (auto within = touch(parent->size() - *index); !within) return within;
    parent->insert(parent->begin() + static_cast<json::difference_type>(*index), std::move(value));
    return {};
  }

  // What is where the operation takes it from, which is no longer there.
  Reply<json> take() {
    const Pointer& from = op_->op == "move" ? op_->from : op_->path;
    if (from.empty()) return does_not_apply();  // without it there is no object
    json* parent = find(object_, from, from.size() - 1);
    json* there = parent == nullptr ? nullptr : child(*parent, from.back());
    if (there == nullptr) return does_not_apply();
    json taken = std::move(*there);
    if (parent->is_object()) {
      parent->erase(from.back());
      return taken;
    }
    const std::size_t index = *index_of(from.back());
    if (auto within = touch(parent->size() - index); !within) return std::unexpected(within.error());
    parent->erase(index);
    return taken;
  }

  Reply<> remove() {
    const auto taken = take();
    return taken ? Reply<>() : std::unexpected(taken.error());
  }

  Reply<> replace() {
    json* there = find(object_, op_->path, op_->path.size());
    if (there == nullptr) return does_not_apply();
    if (auto checked = check_depth(extent_of(*op_->value).levels); !checked) return checked;
    *there = *op_->value;
    return {};
  }

  Reply<> move() {
    const Pointer &from = op_->from, &path = op_->path;
    if (path.size() > from.size() && std::equal(from.begin(), from.end(), path.begin()))
      return does_not_apply();  // into itself
    auto taken = take();
    if (!taken) return std::unexpected(std::move(taken.error()));
    if (path.size() > from.size()) {  // else it is no deeper than it was
      const Extent extent = extent_of(*taken);
      if (auto within = touch(extent.values); !within) return within;
      if (auto checked = check_depth(extent.levels); !checked) return checked;
    }
    return put(std::move(*taken));
  }

  Reply<> copy() {
    const json* there = find(object_, op_->from, op_->from.size());
    if (there == nullptr) return does_not_apply();
    const Extent extent = extent_of(*there);
    copied_ += extent.bytes;
    if (copied_ > bounds_.copied_bytes)
      return unprocessable("the copies of the patch are larger than " + std::to_string(bounds_.copied_bytes) +
                           " bytes: send what they make of it");
    copied_values_ += extent.values;
    if (copied_values_ > bounds_.copied_values)
      return unprocessable("the copies of the patch have more than " + std::to_string(bounds_.copied_values) +
                           " values: send what they make of it");
    if (auto checked = check_depth(extent.levels); !checked) return checked;
    return put(*there);
  }

  Reply<> test() {
    const json* there = find(object_, op_->path, op_->path.size());
    if (there == nullptr || *there != *op_->value) return does_not_apply();
    return {};
  }

  json object_;
  const PatchBounds& bounds_;
  const Operation* op_ = nullptr;
  std::size_t copied_ = 0, copied_values_ = 0, touched_ = 0;
};

Reply<Operation> operation_of(const json& operation, const PatchBounds& bounds) {
  const auto text = [&](const char* name) -> std::string_view {
    return operation.is_object() && operation.contains(name) && operation[name].is_string()
               ? operation[name].get_ref<const std::string&>()
               : std::string_view();
  };
  const std::string_view op = text("op");
  constexpr std::string_view ops[] = {"add", "remove", "replace", "move", "copy", "test"};
  if (std::ranges::find(ops, op) == std::ranges::end(ops))
    return bad_request(
        "error decoding patch: an operation's op must be add, remove, replace, move, copy or test");
  const bool has_from = op == "move" || op == "copy";
  const auto is_pointer = [&](const char* name) {
    return operation.contains(name) && operation[name].is_string() &&
           (text(name).empty() || text(name).starts_with('/'));
  };
  if (!is_pointer("path") || (has_from && !is_pointer("from")))
    return bad_request("error decoding patch: path (and from, for move and copy) must be JSON pointers");
  if ((op == "add" || op == "replace" || op == "test") && !operation.contains("value"))
    return bad_request("error decoding patch: add, replace and test need a value");

  Operation read{.op = op, .path_text = text("path"), .from_text = has_from ? text("from") : ""};
  if (operation.contains("value")) read.value = &operation["value"];
  for (const auto& [pointer, names] :
       {std::pair{read.path_text, &read.path}, std::pair{read.from_text, &read.from}}) {
    if (static_cast<std::size_t>(std::ranges::count(pointer, '/')) > bounds.depth)
      return unprocessable("a location in the patch has more than " + std::to_string(bounds.depth) +
                           " names: " + std::string(op) + " " + quoted(pointer, 256));
    auto taken_apart = pointer_of(pointer);
    if (!taken_apart)
      return unprocessable("in the path of a patch ~ must be written as ~0, and / in a name as ~1: " +
                           std::string(op) + " " + quoted(pointer, 256));
    *names = std::move(*taken_apart);
  }
  return read;
}

}  // namespace

Reply<json> json_patch(const json& object, const json& patch, const PatchBounds& bounds) {
  if (!patch.is_array())
    return bad_request("error decoding patch: a JSON patch must be a list of operations");
  if (patch.size() > bounds.operations)
    return std::unexpected(Failure{413, "RequestEntityTooLarge",
                                   "The allowed maximum operations in a JSON patch is " +
                                       std::to_string(bounds.operations) + ", got " +
                                       std::to_string(patch.size())});
  Patching patching(object, bounds);
  for (const json& one : patch) {
    const auto operation = operation_of(one, bounds);
    if (!operation) return std::unexpected(operation.error());
    if (auto applied = patching.apply(*operation); !applied)
      return std::unexpected(std::move(applied.error()));
  }
  return std::move(patching).done();
}

}  // namespace doorward::rest
