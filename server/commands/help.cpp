#include "server/commands/help.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

constexpr std::size_t line_width = 100;
constexpr std::string_view spaces = " \n";

// The word at the front of `text`, which does not begin with a space, and is taken from there.
std::string_view next_word(std::string_view& text) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (text[end] == '`') quoted = !quoted;
    if (!quoted && spaces.contains(text[end])) break;
  }
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// The spaces at the front of `text` are taken from there. True: an empty line is among them.
bool skip_spaces(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of(spaces), text.size());
  const auto breaks = std::ranges::count(text.substr(0, end), '\n');
  text.remove_prefix(end);
  return breaks > 1;
}

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_footer(const CLI::App* app) const override {
    const std::string text = wrapped(app->get_footer(), line_width);
    return text.empty() ? text : text + "\n";
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description() + (option->get_required() ? "; required" : ""),
                   line_width - get_column_width());
  }

  // Of a positional argument its name says what it is.
  std::string make_option_opts(const CLI::Option* option) const override {
    const bool named = option->get_positional() && option->get_option_text().empty();
    return named ? "" : CLI::Formatter::make_option_opts(option);
  }
};

}  // namespace

std::string wrapped(std::string_view text, std::size_t width) {
  std::string lines;
  std::size_t used = 0;  // of the last line
  skip_spaces(text);
  for (bool new_paragraph = false; !text.empty(); new_paragraph = skip_spaces(text)) {
    const std::string_view word = next_word(text);
    if (new_paragraph) {
      lines += "\n\n";
      used = 0;
    } else if (used > 0 && used + 1 + word.size() > width) {
      lines += '\n';
      used = 0;
    } else if (used > 0) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += word.size();
  }
  return lines;
}

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace doorward
