// yaml-cpp's event parser does the syntax, yaml_builder.hpp decides what its events mean. Its node tree is
// not used: it has no bound on aliases and forgets duplicate keys. Its exceptions end in read_yaml().
#include "server/resources/document/yaml.hpp"

#include "server/resources/document/yaml_builder.hpp"
#include "store/model/names.hpp"
#include "store/model/secret.hpp"

#include <algorithm>
#include <exception>
#include <spanstream>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace doorward::resources {
namespace {

bool is_forbidden(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r'; }

// What YAML does not allow in a file (section 5.1) and the parser would let pass or take for something else.
// False where something was found.
bool check_characters(std::string_view text, YamlBuilder& builder) {
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
  YamlBuilder builder(file, text, bounds, out);
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
  } catch (const YamlRefused& refused) {
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
