#include "server/client/api_server.hpp"

#include "server/client/kubeconfig.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace doorward {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = 1u << 20;

std::string_view without_spaces(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) + 1 - first);
}

// Reads `path` into `into` where one is named; it must not be empty.
Result<> read_into(const fs::path& path, Secret& into) {
  if (path.empty()) return {};
  auto text = read_small_file(path);
  if (!text) return std::unexpected(text.error());
  into = Secret(without_spaces(*text));
  wipe(*text);
  if (into.empty()) {
    return fail(ErrorCode::unavailable, quoted(path.native(), 256) + " is empty: what should be in it?");
  }
  return {};
}

Result<> read_into(const fs::path& path, std::string& into) {
  if (path.empty()) return {};
  Secret text;
  if (auto read = read_into(path, text); !read) return read;
  into = text.reveal();
  return {};
}

bool same(const ApiServer& a, const ApiServer& b) {
  return a.url == b.url && a.tls_name == b.tls_name && a.ca == b.ca && a.certificate == b.certificate &&
         a.key.equals(b.key.reveal()) && a.token.equals(b.token.reveal());
}

}  // namespace

Result<std::string> read_small_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::error_code ignored;
  if (!stream || fs::is_directory(path, ignored)) {
    return fail(ErrorCode::unavailable,
                quoted(path.native(), 256) + " cannot be read: correct the path, or the rights of the file");
  }
  std::string text;
  std::array<char, 8'192> some;
  do {
    stream.read(some.data(), some.size());
    text.append(some.data(), static_cast<std::size_t>(stream.gcount()));
  } while (stream && text.size() <= max_file_bytes);
  if (text.size() > max_file_bytes) {
    wipe(text);
    return fail(ErrorCode::unavailable,
                quoted(path.native(), 256) + " has more than 1 MiB: is it the right file?");
  }
  return text;
}

std::optional<ApiServerSettings> settings_in_pod(const std::function<const char*(const char*)>& environment,
                                                 const fs::path& mount) {
  const char* host = environment("KUBERNETES_SERVICE_HOST");
  const char* port = environment("KUBERNETES_SERVICE_PORT");
  std::error_code ignored;
  if (host == nullptr || port == nullptr || !fs::exists(mount / "token", ignored)) return std::nullopt;
  const bool v6 = std::string_view(host).contains(':');
  return ApiServerSettings{
      .server = std::string("https://") + (v6 ? "[" : "") + host + (v6 ? "]:" : ":") + port,
      .ca = mount / "ca.crt",
      .client_certificate = {},
      .client_key = {},
      .token_file = mount / "token",
      .kubeconfig = {}};
}

//   url = "https://" ( host / "[" IPv6 "]" ) [ ":" port ] [ path ]
std::string fault_of_server(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  const std::string named = quoted(url, 256);
  if (url.starts_with("http://")) return named + " would send tokens unprotected: write https://HOST:PORT";
  if (!url.starts_with(scheme)) return named + " is no server: write https://HOST:PORT";
  url.remove_prefix(scheme.size());
  const std::string_view authority = url.substr(0, url.find('/'));
  const bool fit = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  if (authority.empty() || authority.starts_with(':') || !fit || url.find_first_of("@?#\\") != url.npos) {
    return named + " is no server: write https://HOST:PORT, without a name, a query or spaces";
  }
  return "";
}

Result<ApiServer> ApiServerSource::read_files() const {
  ApiServer server;
  ApiServerSettings files = settings_;
  if (!settings_.kubeconfig.empty()) {
    auto text = read_small_file(settings_.kubeconfig);
    if (!text) return std::unexpected(text.error());
    auto config = read_kubeconfig(*text, settings_.kubeconfig);
    wipe(*text);
    if (!config) return std::unexpected(config.error());
    files = std::move(config->files);
    server = std::move(config->inlined);
  }
  server.url = files.server.substr(0, files.server.find_last_not_of('/') + 1);
  for (auto read : {read_into(files.ca, server.ca), read_into(files.client_certificate, server.certificate),
                    read_into(files.client_key, server.key), read_into(files.token_file, server.token)}) {
    if (!read) return std::unexpected(read.error());
  }
  // It stands in a header.
  if (!std::ranges::all_of(server.token.reveal(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return fail(ErrorCode::unavailable,
                "our own token for the API server is no token: it has spaces or bytes "
                "that no token has");
  }
  return server;
}

Result<std::shared_ptr<const ApiServer>> ApiServerSource::read() {
  auto now = read_files();
  if (!now) {
    if (last_) return last_;
    return std::unexpected(now.error());
  }
  if (!last_ || !same(*last_, *now)) last_ = std::make_shared<const ApiServer>(std::move(*now));
  return last_;
}

}  // namespace doorward
