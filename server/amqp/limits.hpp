#pragma once
// The bounds of the AMQP door. Tests shorten the times; everything else is fit for a laptop and a server
// alike.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace doorward {

struct AmqpLimits {
  std::chrono::milliseconds login{10'000};  // from the accepted connection to the outcome, TLS included
  std::chrono::milliseconds after_outcome{5'000};  // from the outcome to the end of the connection
  std::chrono::milliseconds grace{20'000};         // for the running sessions when the server stops
  std::chrono::milliseconds ending{5'000};         // after that, for those that were told to end
  std::chrono::milliseconds look{1'000};  // from one look to the next for peers that are gone or slow
  // Of a login that waits for its peer, or that guesses hold back, while others wait for a slot.
  std::chrono::milliseconds slow_peer{3'000};
  std::chrono::milliseconds accept_pause{20};  // without a free slot or descriptor: until the next look
  std::size_t connections = 16'384;            // at once, over all loops and listeners
  int backlog = 4'096;                         // of each listening socket
  std::uint32_t frame_bytes = 16'384;          // of a SASL frame and of the peer's `open`
  std::size_t discarded_bytes = 65'536;        // that a peer may send after our last word
};

}  // namespace doorward
