#pragma once
// Whose passwords are guessed, brought from where logins happen to the REST API.
#include "server/login/guess_guard.hpp"
#include "server/rest/guessed_accounts.hpp"

namespace doorward {

// The guard must outlive it.
rest::GuessedAccountsSource guessed_accounts_of(GuessGuard& guard);

}  // namespace doorward
