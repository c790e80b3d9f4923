#include "server/process/heap.hpp"

#include <malloc.h>

namespace doorward {

void bound_heaps(std::size_t heaps) {
  constexpr int given_back = 256 * 1024;
  constexpr int kept_at_the_end = 512 * 1024;
  mallopt(M_ARENA_MAX, static_cast<int>(heaps));
  // Set at all, so that they do not grow with the largest block that was ever freed.
  mallopt(M_MMAP_THRESHOLD, given_back);
  mallopt(M_TRIM_THRESHOLD, kept_at_the_end);
}

}  // namespace doorward
