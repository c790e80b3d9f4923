#include "server/callers/token_file.hpp"

#include "server/callers/private_file.hpp"
#include "server/net/socket.hpp"
#include "server/resources/document/yaml.hpp"
#include "store/model/base64.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace doorward {
namespace {

using nlohmann::json;

constexpr std::size_t longest_name = 256;
constexpr std::string_view token_prefix = "dwt_";
constexpr std::string_view heading =
    "# Who may call the REST API by bearer token. Written by `doorward token create`; reread when it "
    "changes.\n"
    "# Take an entry out to revoke its token.\n";

bool is_digest(std::string_view text) {
  return text.size() == 2 * SHA256_DIGEST_LENGTH &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Names go into headers, logs and YAML.
std::string fault_of_name(const std::string& name) {
  const bool control = std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > longest_name || control || !is_utf8(name)) {
    return fmt::format("{} is no name: 1 to {} bytes of text without control characters", quoted(name),
                       longest_name);
  }
  return "";
}

std::string fault_of(const TokenEntry& entry) {
  if (std::string fault = fault_of_name(entry.name); !fault.empty()) return fault;
  for (const std::string& group : entry.groups) {
    if (std::string fault = fault_of_name(group); !fault.empty()) return fault;
  }
  return is_digest(entry.sha256) ? "" : "`sha256` must be 64 digits of lower-case hexadecimal";
}

// A fault, or an empty string with `entry` filled in.
std::string read_entry(const json& value, TokenEntry& entry) {
  if (!value.is_object()) return "each token must be a mapping of name, groups and sha256";
  for (const auto& [key, item] : value.items()) {
    const bool list = key == "groups" && item.is_array() &&
                      std::ranges::all_of(item, [](const json& group) { return group.is_string(); });
    if (list) {
      entry.groups = item.get<std::vector<std::string>>();
    } else if (key == "name" && item.is_string()) {
      entry.name = item.get<std::string>();
    } else if (key == "sha256" && item.is_string()) {
      entry.sha256 = item.get<std::string>();
    } else {
      return quoted(key) +
             " is unknown or of the wrong type: known are name and sha256 (texts), groups (a list of texts)";
    }
  }
  return fault_of(entry);
}

}  // namespace

Result<std::vector<TokenEntry>> parse_tokens(std::string_view text, std::string_view file) {
  resources::Reading reading = resources::read_yaml(text, file, {.file_bytes = max_token_file_bytes});
  if (!reading.faults.empty()) return fail(ErrorCode::invalid, reading.faults.front().text());
  if (reading.documents.empty()) return std::vector<TokenEntry>();
  const resources::Document& document = reading.documents.front();
  const auto fault = [&](const std::string& field, std::string message) {
    return fail(ErrorCode::invalid, resources::Fault{.file = std::string(file),
                                                     .line = document.line_of(field),
                                                     .field = field,
                                                     .message = std::move(message)}
                                        .text());
  };
  const json& value = document.value;
  if (reading.documents.size() > 1 || !value.is_object() || value.size() != 1 || !value.contains("tokens") ||
      !value["tokens"].is_array()) {
    return fault("", "must be one mapping with the one key `tokens`, a list");
  }
  std::vector<TokenEntry> entries;
  for (const json& each : value["tokens"]) {
    const std::string field = resources::element("tokens", entries.size());
    if (std::string wrong = read_entry(each, entries.emplace_back()); !wrong.empty())
      return fault(field, wrong);
  }
  return entries;
}

std::string format_tokens(const std::vector<TokenEntry>& entries) {
  std::string text(heading);
  text += entries.empty() ? "tokens: []\n" : "tokens:\n";
  // A text in JSON is the same text in YAML.
  for (const TokenEntry& entry : entries) {
    text += fmt::format("- name: {}\n  groups: {}\n  sha256: \"{}\"\n", json(entry.name).dump(),
                        json(entry.groups).dump(), entry.sha256);
  }
  return text;
}

std::string token_digest(std::string_view token) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

Result<Secret> make_token() {
  std::string random(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1) {
    return fail(ErrorCode::internal, "no random bytes can be had for a token");
  }
  std::string text = std::string(token_prefix) + base64_encode(random);
  wipe(random);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return Secret(std::move(text));
}

Result<std::vector<TokenEntry>> read_tokens(const std::filesystem::path& file) {
  const auto content = read_file(file, max_token_file_bytes);
  if (!content) return std::unexpected(content.error());
  if (!*content) return std::vector<TokenEntry>();
  return parse_tokens((*content)->reveal(), file.string());
}

Result<Secret> add_token(const std::filesystem::path& file, std::string name,
                         std::vector<std::string> groups) {
  const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::flock(folder.get(), LOCK_EX) != 0) {
    return fail(ErrorCode::not_found,
                fmt::format("the data directory {} cannot be used: {}; name the one of the server",
                            file.parent_path().string(), ::strerrordesc_np(errno)));
  }
  auto entries = read_tokens(file);
  if (!entries) return std::unexpected(entries.error());
  auto token = make_token();
  if (!token) return std::unexpected(token.error());
  const TokenEntry entry{std::move(name), std::move(groups), token_digest(token->reveal())};
  if (std::string fault = fault_of(entry); !fault.empty()) return fail(ErrorCode::invalid, std::move(fault));
  entries->push_back(entry);
  if (auto written = replace_file(file, format_tokens(*entries), 0600); !written) {
    return std::unexpected(written.error());
  }
  return token;
}

}  // namespace doorward
