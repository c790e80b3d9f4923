// yaml-cpp's event parser does the syntax; what the events mean (the core schema, JSON, bounds) is decided
// here. Its node tree is not used: it has no bound on aliases and forgets duplicate keys. Its exceptions end
// in read_yaml().
#include "server/resources/document/yaml.hpp"

#include "server/resources/document/yaml_scalar.hpp"
#include "store/model/names.hpp"
#include "store/model/secret.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <spanstream>
#include <unordered_map>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace doorward::resources {

namespace {

using nlohmann::json;

constexpr std::size_t node_cost = 64;
constexpr std::string_view core_tag = "tag:yaml.org,2002:";
// Without the tag itself: a `!` before a password would make it one.
constexpr const char* unknown_tag = "a tag (!...) means nothing here: remove it, or put the value in quotes";

std::uint32_t line_of(const YAML::Mark& mark) {
  return static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1;
}

std::uint32_t lines_of(std::string_view text) {
  const auto breaks = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
  return text.empty() || text.ends_with('\n') ? std::max(breaks, 1u) : breaks + 1;
}

// Ends the reading of a file for a reason of ours: thrown through the parser, caught in read_yaml().
struct Refused : YAML::ParserException {
  using YAML::ParserException::ParserException;
};
[[noreturn]] void stop(const YAML::Mark& mark, const std::string& message) { throw Refused(mark, message); }

// Builds the documents of one file from the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view file, std::string_view text, const YamlBounds& bounds, Reading& out)
      : file_(file), last_line_(lines_of(text)), bounds_(bounds), out_(out) {}

  void fault(std::uint32_t line, std::string message) {
    out_.faults.push_back({file_, std::min(line, last_line_), {}, {}, std::move(message)});
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp 0.7 makes an empty document of a token that fits nowhere, a comma after a tag say, does not
    // go past it, and would do so for ever.
    if (mark.pos == document_begin_)
      stop(mark, "text that belongs to nothing: quote a value that has one of , [ ] { } in it");
    document_begin_ = mark.pos;
    lines_ = std::make_shared<LineTable>();
    anchors_.clear();
    open_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, anchor, nullptr, "null", 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
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

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
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

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag, "seq");
    open(mark, anchor, json::array());
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag, "map");
    open(mark, anchor, json::object());
  }
  void OnMapEnd() override { close(); }

 private:
  // A mapping or sequence whose end has not come yet.
  struct Open {
    json value;
    std::string path;
    std::optional<std::string> key;  // of a mapping: the one whose value comes next
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t cost = node_cost;
  };
  struct Anchored {
    json value;
    std::size_t cost;
  };

  bool expects_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }

  // A fault that does not keep the rest of the file from being read.
  void remark(const YAML::Mark& mark, std::string message) {
    fault(line_of(mark), std::move(message));
    if (out_.faults.size() >= bounds_.faults)
      stop(mark, "too many faults: the rest of the file was not read");
  }

  void spend(const YAML::Mark& mark, std::size_t cost) {
    spent_ += cost;
    if (spent_ > bounds_.expanded_bytes)
      stop(mark,
           "it becomes larger than " + std::to_string(bounds_.expanded_bytes) +
               " bytes, with 64 for each value, once its aliases are written out: split it, or use fewer "
               "aliases");
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag, std::string_view kind) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (tag.starts_with(core_tag) && tag.substr(core_tag.size()) == kind) return;
    remark(mark, unknown_tag);
  }

  // The path of the node that begins at `mark`; its line is kept.
  std::string begin(const YAML::Mark& mark) {
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
  void keep_line(const YAML::Mark& mark, const std::string& path) {
    spend(mark, path.size());
    lines_->set(path, line_of(mark));
  }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, json value, const std::string& text,
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

  void key(const YAML::Mark& mark, const std::string& text) {
    Open& map = open_.back();
    const std::string path = field(map.path, text);
    if (map.value.contains(text))
      remark(mark, "the key " + quoted(text) + " is already there in line " +
                       std::to_string(lines_->line_of(path)) + ": remove one of them");
    map.key = text;
    keep_line(mark, path);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, json empty) {
    if (expects_key())
      stop(mark, "a key must be text, not a mapping or a list: is a } or ] missing further up?");
    if (open_.size() >= bounds_.depth)
      stop(mark, "nested deeper than " + std::to_string(bounds_.depth) + " levels");
    spend(mark, node_cost);
    std::string path = begin(mark);
    open_.push_back({std::move(empty), std::move(path), {}, mark, anchor});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) remember(done.mark, done.anchor, done.value, done.cost);
    if (open_.empty() && !done.value.is_object()) {
      remark(done.mark, std::string(bounds_.wanted) + ", not a list");
      return;
    }
    add(std::move(done.value), done.cost);
  }

  void remember(const YAML::Mark& mark, YAML::anchor_t anchor, json value, std::size_t cost) {
    spend(mark, cost);
    anchors_.insert_or_assign(anchor, Anchored{std::move(value), cost});
  }

  void add(json value, std::size_t cost) {
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

  std::string file_;
  std::uint32_t last_line_;  // the parser may be behind it when it misses something
  int document_begin_ = -1;  // of the last document, in characters of the file
  const YamlBounds& bounds_;
  Reading& out_;
  std::shared_ptr<LineTable> lines_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t spent_ = 0;
};

bool is_forbidden(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r'; }

// What YAML does not allow in a file (section 5.1) and the parser would let pass or take for something else.
// False where something was found.
bool check_characters(std::string_view text, Builder& builder) {
  for (std::uint32_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view characters = text.substr(0, end);
    if (!is_utf8(characters)) {
      builder.fault(line, "not UTF-8 text: save the file as UTF-8");
      return false;
    }
    if (std::ranges::any_of(characters, is_forbidden)) {
      builder.fault(line, "a control character: remove it, or write it as an escape in double quotes");
      return false;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return true;
}

// yaml-cpp's message, made fit for a person: without what it quotes, since that may be part of a secret.
std::string syntax_message(const YAML::Exception& error, std::string_view text) {
  if (error.msg == YAML::ErrorMsg::DOC_IN_SCALAR) return "not YAML: a quote further up is not closed";
  std::string message = "not YAML: " + error.msg.substr(0, error.msg.find(": "));
  if (error.msg == YAML::ErrorMsg::ALIAS_NOT_FOUND || error.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR)
    message += " (text that begins with * must be in quotes: \"*\")";
  if (error.msg == YAML::ErrorMsg::END_OF_MAP || error.msg == YAML::ErrorMsg::END_OF_SEQ)
    message += " (a line that is indented otherwise than those beside it, or a quote that is not closed)";
  std::size_t begin = 0;
  for (int line = 0; line < error.mark.line && begin != std::string_view::npos; ++line) {
    const std::size_t end = text.find('\n', begin);
    begin = end == std::string_view::npos ? end : end + 1;
  }
  if (begin == std::string_view::npos) return message;
  const std::size_t indented = text.find_first_not_of(' ', begin);
  if (indented != std::string_view::npos && text[indented] == '\t')
    message += " (a tab cannot indent YAML: use spaces)";
  return message;
}

}  // namespace

Reading read_yaml(std::string_view text, std::string_view file, const YamlBounds& bounds) {
  Reading out;
  Builder builder(file, text, bounds, out);
  if (text.size() > bounds.file_bytes) {
    builder.fault(0,
                  "larger than " + std::to_string(bounds.file_bytes) + " bytes: split it into several files");
    return out;
  }
  if (!check_characters(text, builder)) return out;
  // With the end of the document written out: yaml-cpp takes a quote that nobody closed for closed at the end
  // of the file, but not at the end of a document.
  std::string source(text);
  source += text.ends_with('\n') ? "...\n" : "\n...\n";
  try {
    std::ispanstream stream(std::span<const char>(source.data(), source.size()));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    builder.fault(line_of(refused.mark), refused.msg);
  } catch (const YAML::Exception& error) {
    builder.fault(line_of(error.mark), syntax_message(error, text));
  } catch (const std::exception&) {
    builder.fault(0, "not YAML that can be read");
  }
  wipe(source);  // it may hold passwords
  return out;
}

}  // namespace doorward::resources
