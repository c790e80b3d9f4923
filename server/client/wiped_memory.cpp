#include "server/client/wiped_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <curl/curl.h>
#include <malloc.h>

#include <openssl/crypto.h>

namespace doorward {
namespace {

void give_back(void* memory) {
  if (memory == nullptr) return;
  OPENSSL_cleanse(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

// realloc() would leave the old place as it is.
void* move_into(void* memory, std::size_t size) {
  void* larger = std::malloc(std::max<std::size_t>(size, 1));
  if (larger == nullptr || memory == nullptr) return larger;
  std::memcpy(larger, memory, std::min(size, ::malloc_usable_size(memory)));
  give_back(memory);
  return larger;
}

}  // namespace

bool start_wiping_libcurl() {
  static const CURLcode done =
      curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, give_back, move_into, ::strdup, std::calloc);
  return done == CURLE_OK;
}

}  // namespace doorward
