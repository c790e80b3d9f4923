// `doorward guesses list` and `doorward guesses clear`: for which accounts wrong passwords have been tried of
// late, as a running server counts them, and how to forget them.
#include "server/commands/api_access.hpp"
#include "server/commands/commands.hpp"
#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;
using resources::find_at;
using resources::text_at;

struct GuessesOptions {
  std::string kubeconfig;
  std::string realm;
  std::string user;
  bool all = false;
  std::string output = "text";
};

constexpr const char* path = "/apis/enmasse.io/v1beta1/guessedaccounts";

constexpr const char* explanation =
    "An account that wrong passwords were tried for is slower: beyond ten of them, one wrong answer is "
    "given every two seconds, and a right password may have to wait two seconds for its turn. Both end "
    "by themselves, an hour after the last wrong password at the latest; `clear` ends them now. Accounts "
    "are listed whether they exist or not.\n\n";

int refuse(const std::string& why) {
  std::cerr << "doorward guesses: " << why << "\n";
  return exit_failed;
}

// Names were said by clients: nothing of them may act on a terminal.
std::string shown(const json& account, std::string_view field) {
  const std::string text = text_at(account, {"spec", field});
  return text.empty() ? "-" : json(text).dump(-1, ' ', true);
}

std::int64_t number(const json& account, std::string_view field) {
  const json* value = find_at(account, {"spec", field});
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

void show_text(const std::vector<json>& accounts) {
  for (const json& account : accounts) {
    std::cout << "realm " << shown(account, "realm") << " user " << shown(account, "username") << ": "
              << number(account, "wrongAnswers") << " wrong, " << number(account, "heldAnswers")
              << " held, forgotten in " << number(account, "forgottenInSeconds") << " s\n";
  }
  if (accounts.empty()) std::cout << "no wrong passwords of late\n";
}

Result<std::vector<json>> read_all(const AskApi& ask) {
  auto answer = ask({.path = path});
  if (!answer) return std::unexpected(answer.error());
  if (!answer->ok()) return fail(ErrorCode::invalid, answer->message());
  const json* items = find_at(answer->body, {"items"});
  if (items == nullptr || !items->is_array())
    return fail(ErrorCode::invalid, "the server's answer has no items");
  return items->get<std::vector<json>>();
}

int list(const GuessesOptions& options) {
  const auto ask = ask_by_kubeconfig(options.kubeconfig);
  if (!ask) return refuse(ask.error().message), exit_usage;
  const auto accounts = read_all(*ask);
  if (!accounts) return refuse(accounts.error().message);
  if (options.output == "json") {
    std::cout << json(*accounts).dump(2) << "\n";
  } else {
    show_text(*accounts);
  }
  std::cout.flush();
  return std::cout ? exit_ok : refuse("the output could not be written");
}

int clear(const GuessesOptions& options) {
  if (options.all != (options.realm.empty() && options.user.empty()))
    return refuse("say --realm, --user or both, or --all"), exit_usage;
  const auto ask = ask_by_kubeconfig(options.kubeconfig);
  if (!ask) return refuse(ask.error().message), exit_usage;
  const auto accounts = read_all(*ask);
  if (!accounts) return refuse(accounts.error().message);
  std::size_t cleared = 0;
  for (const json& account : *accounts) {
    if (!options.realm.empty() && text_at(account, {"spec", "realm"}) != options.realm) continue;
    if (!options.user.empty() && text_at(account, {"spec", "username"}) != options.user) continue;
    const auto answer =
        (*ask)({.method = "DELETE",
                .path = std::string(path) + "/" + percent_encode(text_at(account, {"metadata", "name"}))});
    if (!answer) return refuse(answer.error().message);
    if (answer->status == 404) continue;  // forgotten meanwhile
    if (!answer->ok()) return refuse(answer->message());
    ++cleared;
  }
  std::cout << cleared << " cleared\n" << std::flush;
  return exit_ok;
}

}  // namespace

void add_guesses_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<GuessesOptions>();
  CLI::App* guesses = app.add_subcommand("guesses", "Show or forget whose passwords are guessed");
  guesses->require_subcommand(1);
  guesses->footer(std::string(explanation) + exit_codes_text);

  CLI::App* shown = guesses->add_subcommand("list", "Show for which accounts wrong passwords were tried");
  shown->footer(std::string(explanation) + exit_codes_text);
  shown->add_option("-o,--output", options->output, "text or json [text]")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  add_kubeconfig_option(*shown, options->kubeconfig);
  shown->callback([options, &exit_code] { exit_code = list(*options); });

  CLI::App* cleared = guesses->add_subcommand("clear", "Forget the wrong passwords of some accounts");
  cleared->footer(std::string(explanation) + exit_codes_text);
  cleared->add_option("--realm", options->realm, "Of this realm")->option_text("NAME");
  cleared->add_option("--user", options->user, "By this name")->option_text("NAME");
  cleared->add_flag("--all", options->all, "Of all accounts");
  add_kubeconfig_option(*cleared, options->kubeconfig);
  cleared->callback([options, &exit_code] { exit_code = clear(*options); });
}

}  // namespace doorward
