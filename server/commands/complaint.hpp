#pragma once
// What is said of a command line that can not be understood. It names options and never shows a value: what
// stands in the wrong place on a command line may be a password.
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace doorward {

// `app` is the program, as it was when its parse() threw `error`. Without a line end.
std::string complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace doorward
