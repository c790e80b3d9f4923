#pragma once
// The peer as a session talks to it: protocol headers and frames come in, bytes go out. Whatever was put goes
// out before the stream waits for the peer, so that several answers share a write where the peer did not wait
// for them.
//
// The read buffer begins small and grows as bytes arrive, never by what a peer announces. What was consumed
// is wiped: it may have been a password.
//
// Belongs to one session on one loop.
#include "server/amqp/transport.hpp"
#include "server/amqp/wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

class FrameStream {
 public:
  // Views live until the next header() or frame().
  using Received = std::expected<std::string_view, Broken>;

  FrameStream(LoopExecutor executor, Descriptor descriptor) : transport_(executor, std::move(descriptor)) {}
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;
  ~FrameStream();

  Transport& transport() { return transport_; }

  // The next eight bytes.
  Task<Received> header() { return take({}); }
  // The body of the next frame, which must be of that type and within `max_bytes`. Empty for an empty frame.
  Task<Received> frame(wire::FrameType type, std::uint32_t max_bytes) {
    return take({.frame = type, .max_bytes = max_bytes});
  }
  // Whether the peer ever sent anything.
  bool heard() const { return heard_ || transport_.is_tls(); }

  // Whether more has come than was taken.
  bool holds_more() const { return held() > consumed_; }

  void put(std::string_view bytes) { unsent_ += bytes; }
  // False where the peer is gone or the transport was stopped.
  Task<bool> flush();
  // The same where the kernel takes all at once, which it nearly always does: a coroutine less. False:
  // flush().
  bool flush_at_once();
  // Sends what was put, ends our side, and reads away what the peer still sends, at most `discarded_bytes`,
  // until it ends too. Closing with unread bytes would reset the connection, and the peer could lose our last
  // words.
  Task<void> end(std::size_t discarded_bytes);

 private:
  // What is to be taken from the bytes: a protocol header, or a frame of a type.
  struct Part {
    std::optional<wire::FrameType> frame;
    std::uint32_t max_bytes = 0;            // of the frame
    std::size_t size = wire::header_bytes;  // as far as it is known
    std::size_t body_offset = 0;
  };

  std::size_t held() const { return end_ - begin_; }
  Task<Received> take(Part part);
  std::expected<bool, Broken> is_whole(Part& part) const;
  void drop_consumed();
  void make_room();

  Transport transport_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // of what is held
  std::size_t end_ = 0;
  std::size_t consumed_ = 0;  // of it, handed out by the last header() or frame()
  bool heard_ = false;
  std::string unsent_;
};

}  // namespace doorward
