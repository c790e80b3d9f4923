#pragma once
// How `--help` looks, of every command: texts are wrapped here to one width, so that whoever writes one need
// not break its lines, and what is required says so in one way.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace CLI {
class FormatterBase;
}

namespace doorward {

// The lines of a text, none longer than `width` bytes unless one word is. A line break in `text` is a space,
// an empty line ends a paragraph, and what stands between backticks stays on one line.
std::string wrapped(std::string_view text, std::size_t width);

// For a CLI::App, before its subcommands are added, which take it from there.
std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace doorward
