#pragma once
// How much of what was freed the process keeps. glibc would give threads up to eight heaps for each core,
// keep what each of them freed, and take ever larger blocks from them, for throughput that a service of this
// kind does not need: a login has all its memory from the heap of its event loop.
#include <cstddef>

namespace doorward {

// At most so many heaps; blocks of 256 KiB and more, such as bodies, are given back when they are freed, and
// so is the free end of a heap beyond 512 KiB. Called once, before there are threads. Elsewhere than with
// glibc's own malloc (a sanitizer's, say) nothing changes.
void bound_heaps(std::size_t heaps);

}  // namespace doorward
