#pragma once
// What one HTTPS server lets a client have. Each bound is checked below the HTTP library, on the bytes as
// they come, so that nothing a client sends is kept beyond it.
#include <chrono>
#include <cstddef>

namespace doorward::http {

struct Limits {
  std::size_t header_bytes = 32 * 1024;      // request line and headers
  std::size_t body_bytes = 3 * 1024 * 1024;  // of a body, with the framing of its chunks
  // Of all bodies under way together, and of those that one caller sends.
  std::size_t all_bodies_bytes = 64 * 1024 * 1024;
  std::size_t bodies_bytes_of_caller = 16 * 1024 * 1024;
  std::chrono::milliseconds first_byte{10'000};  // TLS handshake and first byte of a new connection
  std::chrono::milliseconds idle{60'000};        // between two requests
  std::chrono::milliseconds header{5'000};       // from the first byte of a request to the end of its head
  // From the first byte of a request to the last one of its response; in a watch, the time that one piece may
  // take to be sent.
  std::chrono::milliseconds whole{60'000};
  std::size_t connections = 256;  // besides those that watch
  std::size_t watches = 256;
  std::size_t watches_of_caller = 64;  // so that nobody takes them all
};

}  // namespace doorward::http
