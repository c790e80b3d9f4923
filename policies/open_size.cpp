#include "policies/open_size.hpp"

#include <string>

namespace doorward {
namespace {

// Frame header, container-id, property keys and the headers of lists and maps, all in their wide forms.
constexpr std::size_t frame_around_bytes = 192 + max_container_id_bytes;

// AMQP 1.0 part 1, section 1.6.20: str8-utf8 up to 255 bytes, str32-utf8 beyond.
std::size_t string_bytes(std::string_view text) { return text.size() + (text.size() <= 255 ? 2 : 5); }

// Section 1.6.24, array8: format code, size, count, the elements' constructor, then `send` or `recv` with a
// size.
std::size_t array_bytes(const Permissions& permissions) {
  return 4 + 5 * (std::size_t{permissions.send} + std::size_t{permissions.recv});
}

}  // namespace

std::size_t open_reply_bound(const Authorization& authorization, std::string_view username) {
  std::size_t bytes = frame_around_bytes + 2 * string_bytes(username);
  for (const std::string& group : authorization.groups) bytes += string_bytes(group);
  for (const auto& [address, permissions] : authorization.addresses) {
    bytes += string_bytes(address) + array_bytes(permissions);
  }
  return bytes;
}

Result<> check_open_reply(const Authorization& authorization, std::string_view username, std::size_t limit) {
  const std::size_t bytes = open_reply_bound(authorization, username);
  if (bytes <= limit) return {};
  return fail(ErrorCode::invalid,
              "the rules would take up to " + std::to_string(bytes) +
                  " bytes in the reply to a router or broker, and limits.openBytes is " +
                  std::to_string(limit) +
                  ": name fewer addresses, for instance by a trailing \"*\", or raise the limit where every "
                  "delegate takes larger frames");
}

}  // namespace doorward
