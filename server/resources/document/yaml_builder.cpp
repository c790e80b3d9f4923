#include "server/resources/document/yaml_builder.hpp"

#include "server/resources/document/yaml_scalar.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

constexpr std::string_view core_tag = "tag:yaml.org,2002:";
// Without the tag itself: a `!` before a password would make it one.
constexpr const char* unknown_tag = "a tag (!...) means nothing here: remove it, or put the value in quotes";

std::uint32_t lines_of(std::string_view text) {
  const auto breaks = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
  return text.empty() || text.ends_with('\n') ? std::max(breaks, 1u) : breaks + 1;
}

[[noreturn]] void stop(const YAML::Mark& mark, const std::string& message) {
  throw YamlRefused(mark, message);
}

}  // namespace

std::uint32_t line_of(const YAML::Mark& mark) {
  return static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1;
}

YamlBuilder::YamlBuilder(std::string_view file, std::string_view text, const YamlBounds& bounds, Reading& out)
    : file_(file), last_line_(lines_of(text)), bounds_(bounds), out_(out) {}

void YamlBuilder::fault(std::uint32_t line, std::string message) {
  out_.faults.push_back({file_, std::min(line, last_line_), {}, {}, std::move(message)});
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
  // yaml-cpp 0.7 makes an empty document of a token that fits nowhere, a comma after a tag say, does not
  // go past it, and would do so for ever.
  if (mark.pos == document_begin_)
    stop(mark, "text that belongs to nothing: quote a value that has one of , [ ] { } in it");
  document_begin_ = mark.pos;
  lines_ = std::make_shared<LineTable>();
  anchors_.clear();
  open_.clear();
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  scalar(mark, anchor, nullptr, "null", 0);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& text) {
  const bool plain = tag.empty() || tag == "?";
  if (!is_utf8(text))  // yaml-cpp writes these two as single bytes
    stop(mark, "the escapes \\N and \\_ are not read: write \\u0085 or \\u00a0");
  if (plain && text == "<<" && expects_key())
    stop(mark, "merge keys (<<) are not part of YAML 1.2: write the fields out");
  Result<json> value = plain                       ? plain_scalar(text)
                       : tag == "!"                ? Result<json>(text)
                       : tag.starts_with(core_tag) ? tagged_scalar(tag.substr(core_tag.size()), text)
                                                   : fail(ErrorCode::invalid, unknown_tag);
  if (!value) remark(mark, value.error().message);
  scalar(mark, anchor, value ? std::move(*value) : json(), text, text.size());
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  auto it = anchors_.find(anchor);
  if (it == anchors_.end()) stop(mark, "the alias stands inside of what it refers to");
  if (expects_key()) {
    if (!it->second.value.is_string()) stop(mark, "a key must be text");
    scalar(mark, 0, nullptr, it->second.value.get_ref<const std::string&>(), it->second.cost);
    return;
  }
  spend(mark, it->second.cost);
  begin(mark);
  add(json(it->second.value), it->second.cost);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  check_tag(mark, tag, "seq");
  open(mark, anchor, json::array());
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  check_tag(mark, tag, "map");
  open(mark, anchor, json::object());
}

void YamlBuilder::remark(const YAML::Mark& mark, std::string message) {
  fault(line_of(mark), std::move(message));
  if (out_.faults.size() >= bounds_.faults) stop(mark, "too many faults: the rest of the file was not read");
}

void YamlBuilder::spend(const YAML::Mark& mark, std::size_t cost) {
  spent_ += cost;
  if (spent_ > bounds_.expanded_bytes)
    stop(mark, "it becomes larger than " + std::to_string(bounds_.expanded_bytes) +
                   " bytes, with 64 for each value, once its aliases are written out: split it, or use fewer "
                   "aliases");
}

void YamlBuilder::check_tag(const YAML::Mark& mark, const std::string& tag, std::string_view kind) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  if (tag.starts_with(core_tag) && tag.substr(core_tag.size()) == kind) return;
  remark(mark, unknown_tag);
}

std::string YamlBuilder::begin(const YAML::Mark& mark) {
  std::string path;
  if (!open_.empty()) {
    const Open& parent = open_.back();
    if (parent.value.is_object()) return field(parent.path, *parent.key);  // the line is that of the key
    path = element(parent.path, parent.value.size());
  }
  keep_line(mark, path);
  return path;
}

// A path is as long as the keys around its field, which a few large ones would make of a small file.
void YamlBuilder::keep_line(const YAML::Mark& mark, const std::string& path) {
  spend(mark, path.size());
  lines_->set(path, line_of(mark));
}

void YamlBuilder::scalar(const YAML::Mark& mark, YAML::anchor_t anchor, json value, const std::string& text,
                         std::size_t bytes) {
  const std::size_t cost = node_cost + bytes;
  spend(mark, cost);
  if (expects_key()) {
    key(mark, text);
    if (anchor != 0) remember(mark, anchor, json(text), cost);
    return;
  }
  begin(mark);
  if (anchor != 0) remember(mark, anchor, value, cost);
  add(std::move(value), cost);
}

void YamlBuilder::key(const YAML::Mark& mark, const std::string& text) {
  Open& map = open_.back();
  const std::string path = field(map.path, text);
  if (map.value.contains(text))
    remark(mark, "the key " + quoted(text) + " is already there in line " +
                     std::to_string(lines_->line_of(path)) + ": remove one of them");
  map.key = text;
  keep_line(mark, path);
}

void YamlBuilder::open(const YAML::Mark& mark, YAML::anchor_t anchor, json empty) {
  if (expects_key())
    stop(mark, "a key must be text, not a mapping or a list: is a } or ] missing further up?");
  if (open_.size() >= bounds_.depth)
    stop(mark, "nested deeper than " + std::to_string(bounds_.depth) + " levels");
  spend(mark, node_cost);
  std::string path = begin(mark);
  open_.push_back({std::move(empty), std::move(path), {}, mark, anchor});
}

void YamlBuilder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  if (done.anchor != 0) remember(done.mark, done.anchor, done.value, done.cost);
  if (open_.empty() && !done.value.is_object()) {
    remark(done.mark, std::string(bounds_.wanted) + ", not a list");
    return;
  }
  add(std::move(done.value), done.cost);
}

void YamlBuilder::remember(const YAML::Mark& mark, YAML::anchor_t anchor, json value, std::size_t cost) {
  spend(mark, cost);
  anchors_.insert_or_assign(anchor, Anchored{std::move(value), cost});
}

void YamlBuilder::add(json value, std::size_t cost) {
  if (open_.empty()) {
    const std::uint32_t line = lines_->line_of("");
    if (value.is_object()) {
      out_.documents.push_back({std::move(value), file_, line, lines_, {}});
    } else if (!value.is_null()) {  // an empty document is none
      fault(line, std::string(bounds_.wanted));
    }
    return;
  }
  Open& parent = open_.back();
  parent.cost += cost;
  if (parent.value.is_array()) {
    parent.value.push_back(std::move(value));
  } else {
    parent.value[*std::exchange(parent.key, std::nullopt)] = std::move(value);
  }
}

}  // namespace doorward::resources
