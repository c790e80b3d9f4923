#include "store/store.hpp"

namespace doorward {

std::string ObjectKey::text() const { return kind + " " + (ns.empty() ? name : ns + "/" + name); }

}  // namespace doorward
