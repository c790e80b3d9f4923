#pragma once
// What the claims of a token that is well signed amount to: whether it is for us and now, and who bears it. A
// pure function.
#include "plugins/oauth/settings.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace oauth_bridge {

// `status` of the error result (RFC 7628 section 3.2.2, by the registry of RFC 6750).
enum class Status : std::uint8_t { invalid_request, invalid_token, insufficient_scope };

struct Refusal {
  Status status = Status::invalid_token;
  std::string why;  // continues a sentence that begins with "the token"; nothing that the token says
};

struct Bearer {
  std::string identity;
  std::vector<std::string> groups;
};

std::expected<Bearer, Refusal> judge(const nlohmann::json& claims, const Settings& settings,
                                     std::chrono::sys_seconds now);

// The claim that `name` names, by a JSON pointer where it begins with a slash. Null where there is none.
const nlohmann::json* find_claim(const nlohmann::json& claims, const std::string& name);

}  // namespace oauth_bridge
