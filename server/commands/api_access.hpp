#pragma once
// How the subcommands that ask a running server find it: the option `--kubeconfig`, and a connection.
#include "server/client/api_client.hpp"

#include <string>

namespace CLI {
class App;
}

namespace doorward {

// What `serve` writes, below the folder that it was started in.
inline constexpr const char* default_kubeconfig = "doorward-data/admin.kubeconfig";

// `file` holds what is asked for, and must live as long as the command; empty: nothing was.
void add_kubeconfig_option(CLI::App& command, std::string& file);

// The file that a command without the option reads: of those that `variable` ($KUBECONFIG; null where it is
// not set) names, with a `:` between them, the first that is there, or the first; default_kubeconfig where it
// names none.
std::string kubeconfig_of(const char* variable);

// Asks over connections that live as long as what is returned, which any thread may call. `file` may be
// empty: kubeconfig_of().
Result<AskApi> ask_by_kubeconfig(const std::string& file);

}  // namespace doorward
