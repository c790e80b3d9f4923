#include "server/service/guessed_accounts_of.hpp"

#include "mechanisms/digest.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace doorward {
namespace {

// Names of accounts may hold anything: what names one in a path is a hash of them.
std::string path_name(std::string_view key) {
  constexpr std::size_t bytes = 10;
  std::string name;
  const Digest hash = digest(ScramHash::sha256, key);
  for (const char byte : hash.view().substr(0, bytes))
    name += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return name;
}

rest::GuessedAccount account_of(GuessGuard::Guessed guessed) {
  return {.name = path_name(guessed.key),
          .realm = std::move(guessed.realm),
          .username = std::move(guessed.username),
          .wrong_answers = guessed.wrong_answers,
          .held_answers = guessed.owed,
          .forgotten_in = guessed.full_in};
}

}  // namespace

rest::GuessedAccountsSource guessed_accounts_of(GuessGuard& guard) {
  return {.list =
              [&guard] {
                std::vector<rest::GuessedAccount> accounts;
                for (GuessGuard::Guessed& one : guard.list(GuessGuard::Clock::now()))
                  accounts.push_back(account_of(std::move(one)));
                return accounts;
              },
          .forget =
              [&guard](const rest::GuessedAccount& account) {
                for (const GuessGuard::Guessed& one : guard.list(GuessGuard::Clock::now())) {
                  if (path_name(one.key) == account.name) guard.forget(one.key, GuessGuard::Clock::now());
                }
              }};
}

}  // namespace doorward
