#pragma once
// `guessedaccounts.enmasse.io`, of cluster scope and made when somebody looks: accounts for which wrong
// passwords have been tried of late, whether they are there or not. Deleting one forgets them, so that the
// next wrong answers are not held back, and nobody has to wait for them. Any thread.
#include "server/rest/published/served.hpp"
#include "server/rest/virtual_resource.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace doorward::rest {

struct GuessedAccount {
  std::string name;  // fit for a path; the same for as long as the server runs
  // As a client said them. Empty where so many names are tried that some are counted together.
  std::string realm;
  std::string username;
  std::uint64_t wrong_answers = 0;
  std::size_t held_answers = 0;  // of them: those that are held back
  std::chrono::milliseconds forgotten_in{0};
};

// Both may be called from any thread.
struct GuessedAccountsSource {
  std::function<std::vector<GuessedAccount>()> list;
  std::function<void(const GuessedAccount& account)> forget;
};

VirtualResource guessed_accounts(GuessedAccountsSource source);
// As discovery and OpenAPI show it.
Served served_guessed_accounts();

}  // namespace doorward::rest
