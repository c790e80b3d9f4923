#include "store/model/user.hpp"

#include <algorithm>

namespace doorward {

const ScramCredential* UserRecord::credential(ScramHash hash) const {
  const auto found = std::ranges::find(credentials, hash, &ScramCredential::hash);
  return found == credentials.end() ? nullptr : &*found;
}

}  // namespace doorward
