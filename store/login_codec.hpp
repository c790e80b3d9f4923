#pragma once
// How a login record lies in a row: a short binary form, since a login that is not in the cache reads and
// parses one. Pure functions; every back end uses them.
#include "store/model/result.hpp"
#include "store/model/user.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

// A login record without the name that it is kept under.
struct LoginContent {
  UserType type = UserType::password;
  std::vector<ScramCredential> credentials;
  std::vector<AddressRule> authorization;
  bool operator==(const LoginContent&) const = default;
};

// `invalid` for what decode_login() would refuse.
Result<std::string> encode_login(UserType type, std::span<const ScramCredential> credentials,
                                 std::span<const AddressRule> authorization);
// `internal` for anything but what encode_login() made, byte for byte.
Result<LoginContent> decode_login(std::string_view bytes);

}  // namespace doorward
