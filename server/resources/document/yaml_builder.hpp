#pragma once
// Builds the documents of one file from the events of yaml-cpp's parser, with the line of every field. What
// the events mean is decided here: the core schema of YAML 1.2 as far as JSON goes (sections 10.2 and 10.3),
// aliases written out, and the bounds. Part of yaml.hpp, and nobody else includes this.
//
// One thread. What the file is refused for is thrown through the parser (YamlRefused); any other fault is
// noted in the reading, and the next event is taken.
#include "server/resources/document/yaml.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>

namespace doorward::resources {

// Ends the reading of a file for a reason of ours: its mark says where, its message what to do.
struct YamlRefused : YAML::ParserException {
  using YAML::ParserException::ParserException;
};

// Counted from 1.
std::uint32_t line_of(const YAML::Mark& mark);

class YamlBuilder final : public YAML::EventHandler {
 public:
  // `bounds` and `out` outlive it.
  YamlBuilder(std::string_view file, std::string_view text, const YamlBounds& bounds, Reading& out);

  void fault(std::uint32_t line, std::string message);

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override;
  void OnMapEnd() override { close(); }

 private:
  // What each value costs against the bound, beside its text.
  static constexpr std::size_t node_cost = 64;

  // A mapping or sequence whose end has not come yet.
  struct Open {
    nlohmann::json value;
    std::string path;
    std::optional<std::string> key;  // of a mapping: the one whose value comes next
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t cost = node_cost;
  };
  struct Anchored {
    nlohmann::json value;
    std::size_t cost;
  };

  bool expects_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }
  // A fault that does not keep the rest of the file from being read.
  void remark(const YAML::Mark& mark, std::string message);
  void spend(const YAML::Mark& mark, std::size_t cost);
  void check_tag(const YAML::Mark& mark, const std::string& tag, std::string_view kind);
  // The path of the node that begins at `mark`; its line is kept.
  std::string begin(const YAML::Mark& mark);
  void keep_line(const YAML::Mark& mark, const std::string& path);
  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, nlohmann::json value, const std::string& text,
              std::size_t bytes);
  void key(const YAML::Mark& mark, const std::string& text);
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, nlohmann::json empty);
  void close();
  void remember(const YAML::Mark& mark, YAML::anchor_t anchor, nlohmann::json value, std::size_t cost);
  void add(nlohmann::json value, std::size_t cost);

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

}  // namespace doorward::resources
