#include "store/model/wiped_stack.hpp"

#include <array>
#include <cstring>

namespace doorward {

[[gnu::noinline]] void wipe_stack() {
  std::array<char, 128u << 10> below;  // more than a request has of it
  ::explicit_bzero(below.data(), below.size());
}

}  // namespace doorward
