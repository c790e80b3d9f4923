#pragma once
// `open` and `close` (AMQP 1.0 part 2, sections 2.7.1 and 2.7.9) as far as a delegate and doorward use them.
#include "policies/authorization.hpp"
#include "store/model/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::wire {

inline constexpr std::string_view address_authz_capability = "ADDRESS-AUTHZ";
inline constexpr std::uint32_t min_max_frame_size = 512;

// The connection properties that delegates know. They compare keys by prefix: none may begin another.
inline constexpr std::string_view identity_property = "authenticated-identity";
inline constexpr std::string_view groups_property = "groups";
inline constexpr std::string_view addresses_property = "address-authz";

// A peer's `open`. Views point into the frame.
struct Open {
  std::string_view container_id;
  std::string_view hostname;
  std::uint32_t max_frame_size = UINT32_MAX;  // 512 at least: a smaller one counts as 512 (section 2.7.1)
  bool offers_address_authz = false;
  bool desires_address_authz = false;
  std::string_view properties;  // keys and values in turn, well-formed; of any types
};
Result<Open> parse_open(std::string_view body);

// The reply that carries who the client is and what it may do: a whole frame of type AMQP on channel 0.
struct OpenReply {
  std::string_view container_id;
  std::string_view username;           // becomes `sub` and `preferred_username`
  const Authorization* authorization;  // groups; addresses where `send_addresses`
  bool send_addresses = false;         // property `address-authz` and the offered capability
};
std::string encode(const OpenReply& reply);
// An `open` that names nobody and grants nothing, for a conversation that ends in an error after ok; and
// `close` with or without an error: whole frames.
std::string encode_open_without_identity(std::string_view container_id);
std::string encode_close();
std::string encode_close(std::string_view condition, std::string_view description);

// What a delegate asks and reads, for `doorward login` and tests. Owning, since it outlives the frame.
struct DelegateOpen {
  std::string_view container_id;
  std::string_view hostname;
  bool desire_address_authz = true;
};
std::string encode(const DelegateOpen& open);

struct Identity {
  std::string sub;
  std::string preferred_username;
  std::vector<std::string> groups;
  bool offers_address_authz = false;
  // Nothing where the property was absent: the delegate then sets no limit.
  std::optional<std::map<std::string, std::vector<std::string>>> address_authz;
};
Result<Identity> parse_open_reply(std::string_view body);

struct Close {
  std::string condition;  // empty: no error
  std::string description;
};
// Nothing for another performative, which is told by its descriptor and not looked into.
Result<std::optional<Close>> parse_close(std::string_view body);

}  // namespace doorward::wire
