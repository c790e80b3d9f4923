#pragma once
// The part of a kubeconfig that leads to an API server: the cluster and the user of its current context.
#include "server/client/api_server.hpp"

#include <filesystem>
#include <string_view>

namespace doorward {

struct Kubeconfig {
  ApiServerSettings files;  // server, and what is named by a path
  ApiServer inlined;        // what stands in the kubeconfig itself: token, and the `-data` fields
};

// What it says means what it means to kubectl. `path` says where relative paths begin, and is named in
// errors. What doorward cannot do (`exec`, `auth-provider`, a proxy, a server that is not verified) is an
// error that says what to do instead.
Result<Kubeconfig> read_kubeconfig(std::string_view text, const std::filesystem::path& path);

}  // namespace doorward
