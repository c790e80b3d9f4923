#include "server/commands/complaint.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

constexpr std::size_t longest_name = 40;  // of an option; what is longer was meant as something else

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// The name of what looks like an option, without a value that is joined to it; empty for anything else.
std::string_view option_name(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') return {};
  if (argument[1] != '-') return argument.substr(0, 2);  // -pVALUE
  const std::string_view name = argument.substr(0, argument.find('='));
  const bool plain =
      name.size() > 2 && name.size() <= longest_name && std::ranges::all_of(name, is_name_character);
  return plain ? name : std::string_view{};
}

std::string commands(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return names;
}

std::string unexpected(const CLI::App& app) {
  std::string names;
  std::size_t others = 0;
  for (const std::string& argument : app.remaining(true)) {
    const std::string_view name = option_name(argument);
    if (name.empty()) {
      ++others;
    } else {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
  }
  const std::string hidden = "it is not shown, since it might be a password";
  if (app.get_subcommands().empty() && names.empty()) {
    return "this is no command (" + hidden + "): there are " + commands(app);
  }
  if (names.empty()) return "an argument that was given means nothing here (" + hidden + ")";
  return names + (others == 0 ? "" : ", and what stands behind it (" + hidden + "),") + " means nothing here";
}

// The option that the error is about: CLI11 has only its name, in the text.
const CLI::Option* blamed(const CLI::App& app, std::string_view message) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (message.starts_with(name + ":") || message.find(" " + name + " = ") != std::string_view::npos)
      return option;
  }
  for (const CLI::App* command : app.get_subcommands()) {
    if (const CLI::Option* option = blamed(*command, message); option != nullptr) return option;
  }
  return nullptr;
}

// The innermost command that was named.
const CLI::App& innermost(const CLI::App& app) {
  const std::vector<CLI::App*> named = app.get_subcommands();
  return named.empty() ? app : innermost(*named.back());
}

// Those that have to be followed by another one say no more than that.
bool lacks_a_command(const CLI::App& app, const CLI::ParseError& error) {
  return dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
         innermost(app).get_require_subcommand_min() > 0;
}

// CLI11 says it in words of its own: `--realm: 1 required TEXT missing`.
bool lacks_a_value(const CLI::ParseError& error) {
  return dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr &&
         std::string_view(error.what()).ends_with(" missing");
}

std::string what_it_takes(const CLI::Option& option) {
  return option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
}

bool shows_a_value(const CLI::ParseError& error) {
  return dynamic_cast<const CLI::ConversionError*>(&error) != nullptr ||
         dynamic_cast<const CLI::ValidationError*>(&error) != nullptr;
}

}  // namespace

std::string called(const CLI::App& app) {
  std::string text = app.get_name();
  for (const CLI::App* command : app.get_subcommands()) text += " " + called(*command);
  return text;
}

std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return unexpected(app);
  if (lacks_a_command(app, error)) return "say what it shall do: " + commands(innermost(app));
  const CLI::Option* option = blamed(app, error.what());
  if (option != nullptr && lacks_a_value(error))
    return option->get_name() + " needs a value: " + what_it_takes(*option);
  if (!shows_a_value(error)) return error.what();
  if (option == nullptr) return "an option has a value that it does not take";
  return option->get_name() +
         " has a value that it does not take. What it is for: " + option->get_description();
}

}  // namespace doorward
