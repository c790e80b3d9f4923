// `doorward token create`: a bearer token for the REST API. Writes to the file of tokens in the data
// directory, beside a running server, which rereads it.
#include "server/callers/token_file.hpp"
#include "server/commands/commands.hpp"
#include "store/data_directory.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

constexpr const char* explanation =
    "Prints the token once; the data directory keeps its SHA-256 only. A running server takes it within "
    "a second. To revoke it, take its entry out of tokens.yaml. The group system:masters may do "
    "everything.\n\n";

struct TokenOptions {
  std::string name;
  std::vector<std::string> groups;
  std::string data_dir = "doorward-data";
};

int create(const TokenOptions& options) {
  const std::filesystem::path directory = std::filesystem::absolute(options.data_dir);
  const auto token = add_token(directory / DataDirectory::tokens_file, options.name, options.groups);
  if (!token) {
    std::cerr << "doorward token create: " << token.error().message << "\n";
    return token.error().code == ErrorCode::unavailable ? exit_failed : exit_usage;
  }
  std::cout << token->reveal() << "\n";
  std::cout.flush();
  return std::cout ? exit_ok : exit_failed;
}

}  // namespace

void add_token_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TokenOptions>();
  CLI::App* command = app.add_subcommand("token", "Tokens for the REST API");
  command->require_subcommand(1);
  CLI::App* make = command->add_subcommand("create", "Make a token and print it");
  make->footer(std::string(explanation) + exit_codes_text);
  make->add_option("--name", options->name, "The user that its bearer is")->required()->option_text("NAME");
  make->add_option("--group", options->groups, "A group of that user; may be repeated")->option_text("GROUP");
  make->add_option("--data-dir", options->data_dir, "Where the server keeps its data [doorward-data]")
      ->option_text("DIR");
  make->callback([options, &exit_code] { exit_code = create(*options); });
}

}  // namespace doorward
