#include "server/delegate/bearer_message.hpp"

namespace doorward::delegate {
namespace {

constexpr std::string_view oauthbearer = "OAUTHBEARER";
constexpr std::string_view xoauth2 = "XOAUTH2";

//   saslname = 1*(UTF8-char-safe / "=2C" / "=3D")    ; RFC 5801 section 4
void append_saslname(std::string& message, std::string_view name) {
  for (const char c : name) {
    if (c == ',')
      message += "=2C";
    else if (c == '=')
      message += "=3D";
    else
      message += c;
  }
}

}  // namespace

bool is_bearer_mechanism(std::string_view mechanism) {
  return mechanism == oauthbearer || mechanism == xoauth2;
}

//   gs2-header kvsep "auth=Bearer " token kvsep kvsep
//   "user=" name kvsep "auth=Bearer " token kvsep kvsep    ; XOAUTH2
std::string bearer_message(std::string_view mechanism, std::string_view username, std::string_view token) {
  std::string message;
  // At once, so that no copy of the token is left behind where it grows.
  message.reserve(64 + 3 * username.size() + token.size());
  if (mechanism == xoauth2) {
    message.append("user=").append(username);
  } else {
    message += "n,";
    if (!username.empty()) {
      message += "a=";
      append_saslname(message, username);
    }
    message += ',';
  }
  message
      .append(
          "\x01"
          "auth=Bearer ")
      .append(token)
      .append("\x01\x01");
  return message;
}

std::string_view bearer_farewell(std::string_view mechanism) {
  return mechanism == oauthbearer ? "\x01" : "";
}

}  // namespace doorward::delegate
