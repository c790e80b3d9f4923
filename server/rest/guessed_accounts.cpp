#include "server/rest/guessed_accounts.hpp"

#include <algorithm>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

const resources::Schema& guessed_account_schema() {
  using namespace resources::shape;
  static const resources::Schema schema =
      resource("An account for which wrong passwords have been tried of late. Delete it to forget them.",
               {{"spec",
                 object({
                     {"realm", string("As the client named it; absent where names are counted together.")},
                     {"username", string("As the client named it; nobody need have this name.")},
                     {"wrongAnswers", integer("That were counted since there were none.")},
                     {"heldAnswers", integer("How many of them are held back.")},
                     {"forgottenInSeconds", integer("When none of them counts any more.")},
                 }),
                 required}});
  return schema;
}

const resources::Kind& guessed_account_kind() {
  static const resources::Kind kind{.name = "GuessedAccount",
                                    .store_kind = "guessedaccounts.enmasse.io",
                                    .group = "enmasse.io",
                                    .version = "v1beta1",
                                    .older_versions = {},
                                    .schema = guessed_account_schema(),
                                    .columns = {{"Realm", {"spec", "realm"}},
                                                {"Username", {"spec", "username"}},
                                                {"Wrong answers", {"spec", "wrongAnswers"}},
                                                {"Held", {"spec", "heldAnswers"}}},
                                    .scope = resources::Scope::cluster,
                                    .computed = true};
  return kind;
}

// A client's name need not be UTF-8; JSON must be.
json text_of(const std::string& name) {
  return json::parse(json(name).dump(-1, ' ', true, json::error_handler_t::replace));
}

json object_of(const GuessedAccount& account) {
  const resources::Kind& kind = guessed_account_kind();
  json spec{{"wrongAnswers", account.wrong_answers},
            {"heldAnswers", account.held_answers},
            {"forgottenInSeconds", std::chrono::ceil<std::chrono::seconds>(account.forgotten_in).count()}};
  if (!account.realm.empty()) spec["realm"] = text_of(account.realm);
  if (!account.username.empty()) spec["username"] = text_of(account.username);
  return {{"apiVersion", kind.api_version()},
          {"kind", kind.name},
          {"metadata", {{"name", account.name}}},
          {"spec", std::move(spec)}};
}

}  // namespace

VirtualResource guessed_accounts(GuessedAccountsSource source) {
  const resources::Kind& kind = guessed_account_kind();
  auto list = [list = source.list](const std::string&) -> Reply<std::vector<json>> {
    std::vector<json> objects;
    for (const GuessedAccount& one : list()) objects.push_back(object_of(one));
    return objects;
  };
  auto remove = [source = std::move(source), &kind](const std::string& name, bool dry_run) -> Reply<json> {
    const std::vector<GuessedAccount> all = source.list();
    const auto found = std::ranges::find(all, name, &GuessedAccount::name);
    if (found == all.end()) return not_found(kind, name);
    if (!dry_run) source.forget(*found);
    return object_of(*found);
  };
  return virtual_of(kind, std::move(list), std::move(remove));
}

Served served_guessed_accounts() { return served_virtual(guessed_account_kind()); }

}  // namespace doorward::rest
