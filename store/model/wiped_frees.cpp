#include "store/model/wiped_frees.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>
#include <utility>

namespace {

constinit thread_local bool wipes = false;

}  // namespace

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)

namespace {

// The library's operator new takes it from malloc(), aligned or not.
void give_back(void* memory) noexcept {
  if (wipes && memory != nullptr) ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

// All other forms of it come to one of these ([new.delete]).
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

#endif

namespace doorward {

WipedFrees::WipedFrees() : before_(std::exchange(wipes, true)) {}
WipedFrees::~WipedFrees() { wipes = before_; }

}  // namespace doorward
