#pragma once
// What is said of a command line that can not be understood. It names options and never shows a value: what
// stands in the wrong place on a command line may be a password.
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace doorward {

// `doorward login`, or `doorward` alone: the program and the command that was named, as far as they were
// understood.
std::string called(const CLI::App& app);

// What called(app) has to complain of. `app` is the program, as it was when its parse() threw `error`.
// Without a line end.
std::string complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace doorward
