#pragma once
// A user as a login needs it: an immutable record, read once when a login begins and kept by it to its end,
// so that a write in the middle of an exchange never mixes two versions.
#include "store/model/names.hpp"
#include "store/model/scram_credential.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace doorward {

enum class UserType : std::uint8_t { password, federated, serviceaccount };

// A set of `spec.authorization[].operations`.
struct Operations {
  bool send = false;
  bool recv = false;
  bool view = false;
  bool manage = false;
  bool operator==(const Operations&) const = default;
};

// One entry of `spec.authorization`: may do `operations` on each of `addresses`. `view` and `manage` speak of
// the whole address space and ignore the addresses.
struct AddressRule {
  std::vector<std::string> addresses;
  Operations operations;
  bool operator==(const AddressRule&) const = default;
};

struct UserRecord {
  Realm realm;
  Username username;
  std::uint64_t version = 0;  // resourceVersion of the MessagingUser this record was made from
  UserType type = UserType::password;
  std::vector<ScramCredential> credentials;  // at most one for each hash
  std::vector<AddressRule> authorization;
  bool operator==(const UserRecord&) const = default;

  const ScramCredential* credential(ScramHash hash) const;
};

using UserSnapshot = std::shared_ptr<const UserRecord>;

}  // namespace doorward
