#pragma once
// `tokens.yaml` of the data directory: who may call the REST API by bearer token. It holds the SHA-256 of
// each token, so that reading it lets nobody in; a token has 256 random bits, so that no slow hash is needed.
//
//   tokens:
//   - {name: ci, groups: [team-a], sha256: 9f86d0...}
//
// Pure functions, and two that touch the file, which other processes may read and replace meanwhile.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

struct TokenEntry {
  std::string name;
  std::vector<std::string> groups;
  std::string sha256;  // of the token, in lower-case hexadecimal
  bool operator==(const TokenEntry&) const = default;
};

inline constexpr std::size_t max_token_file_bytes = 4 * 1024 * 1024;

// An error names the line and what to change. `file` is only what the error calls it.
Result<std::vector<TokenEntry>> parse_tokens(std::string_view text, std::string_view file);
std::string format_tokens(const std::vector<TokenEntry>& entries);

std::string token_digest(std::string_view token);
// 256 random bits in base64url, with a prefix that secret scanners can know it by.
Result<Secret> make_token();

// No entries where there is no file.
Result<std::vector<TokenEntry>> read_tokens(const std::filesystem::path& file);
// Adds one entry for a new token and returns the token, which is nowhere else. One process at a time; where
// the file is faulty it stays as it is.
Result<Secret> add_token(const std::filesystem::path& file, std::string name,
                         std::vector<std::string> groups);

}  // namespace doorward
