#pragma once
// How the first administrator gets in: at the first start, when there is no file of tokens yet, a token of
// the group `system:masters` and a kubeconfig that holds it, with mode 0600. Later starts only correct the
// address and the authority in the kubeconfig, and leave one alone that was taken away. Where we know of no
// authority, the file that the kubeconfig names as `certificate-authority` stays.
#include "store/model/result.hpp"

#include <filesystem>
#include <string>

namespace doorward {

struct AdminAccess {
  std::filesystem::path token_file;
  std::filesystem::path kubeconfig;
};

// Before the file of tokens is loaded. Makes the token and, for now without an address, the kubeconfig.
Result<> make_admin_token(const AdminAccess& files);
// Once the address is known. `authority`: PEM of the certificate that clients have to trust; empty: that of
// the kubeconfig does, else the system's do. Tells the log where the kubeconfig is.
Result<> write_admin_kubeconfig(const AdminAccess& files, const std::string& server,
                                const std::string& authority);

}  // namespace doorward
