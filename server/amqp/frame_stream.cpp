#include "server/amqp/frame_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <openssl/crypto.h>

namespace doorward {
namespace {

// Holds what every login sends but for tokens and long names.
constexpr std::size_t first_capacity = 512;

// What protocol headers begin with; of a frame it would be the size, and a GiB.
constexpr std::string_view protocol_name = "AMQP";

std::unexpected<Broken> broken(LoginReason reason, std::string detail) {
  return std::unexpected(Broken{reason, std::move(detail)});
}

}  // namespace

FrameStream::~FrameStream() {
  if (buffer_) OPENSSL_cleanse(buffer_.get() + begin_, held());
}

// Reads the head of a frame once it is held, and with it how long the frame is. False: more bytes are needed.
std::expected<bool, Broken> FrameStream::is_whole(Part& part) const {
  if (held() < part.size) return false;
  if (!part.frame || part.body_offset > 0) return true;
  const std::string_view first(buffer_.get() + begin_, wire::header_bytes);
  const auto head = wire::parse_frame_header(first, part.max_bytes);
  if (!head && first.starts_with(protocol_name)) {
    return broken(LoginReason::protocol_error, "a protocol header where a frame was due");
  }
  if (!head) {
    return broken(wire::announced_size(first) > part.max_bytes ? LoginReason::frame_too_long
                                                               : LoginReason::protocol_error,
                  head.error().message);
  }
  if (head->type != *part.frame) {
    return broken(LoginReason::protocol_error, part.frame == wire::FrameType::sasl
                                                   ? "an AMQP frame where a SASL frame was due"
                                                   : "a SASL frame where an AMQP frame was due");
  }
  part.size = head->size;
  part.body_offset = head->body_offset;
  return held() >= part.size;
}

// One coroutine for all of it: each would cost every login an allocation.
Task<FrameStream::Received> FrameStream::take(Part part) {
  drop_consumed();
  bool wait_first = false;
  for (;;) {
    const auto whole = is_whole(part);
    if (!whole) co_return std::unexpected(whole.error());
    if (*whole) break;
    if (!unsent_.empty()) {
      if (!flush_at_once() && !co_await flush()) {
        co_return broken(transport_.stopped().value_or(LoginReason::peer_gone), "the peer took no answer");
      }
      // What the peer says to this cannot be there yet: to read first would be a system call for nothing.
      wait_first = held() == 0 && !transport_.holds_unread();
    }
    if (end_ == capacity_) make_room();
    IoResult got{Io::want_read};
    if (!std::exchange(wait_first, false)) got = transport_.read(buffer_.get() + end_, capacity_ - end_);
    if (got.state == Io::want_read && !transport_.is_tls() && !transport_.stopped()) {
      got = Transport::result_of(co_await transport_.receive(buffer_.get() + end_, capacity_ - end_));
    }
    switch (got.state) {
      case Io::done:
        end_ += got.bytes;
        heard_ = true;
        continue;
      case Io::ended:
        co_return broken(LoginReason::peer_gone,
                         held() == 0 ? "the peer closed" : "the peer closed in a frame");
      case Io::failed:
        co_return broken(LoginReason::peer_gone, "the connection broke");
      case Io::want_read:
      case Io::want_write:
        break;
    }
    if (transport_.is_tls() && !transport_.stopped()) co_await transport_.ready(got.state);
    if (transport_.stopped()) {
      co_return broken(*transport_.stopped(),
                       held() == 0 ? "the peer said nothing" : "the peer stopped in a frame");
    }
  }
  consumed_ = part.size;
  co_return std::string_view(buffer_.get() + begin_ + part.body_offset, part.size - part.body_offset);
}

bool FrameStream::flush_at_once() {
  if (transport_.stopped()) return false;
  while (!unsent_.empty()) {
    const IoResult sent = transport_.write(unsent_);
    if (sent.state != Io::done) return false;
    unsent_.erase(0, sent.bytes);
  }
  return true;
}

Task<bool> FrameStream::flush() {
  std::string_view rest = unsent_;
  while (!rest.empty()) {
    if (transport_.stopped()) co_return false;
    const IoResult sent = transport_.write(rest);
    if (sent.state == Io::done) {
      rest.remove_prefix(sent.bytes);
      continue;
    }
    if (sent.state == Io::ended || sent.state == Io::failed) co_return false;
    co_await transport_.ready(sent.state);
  }
  unsent_.clear();
  co_return true;
}

Task<void> FrameStream::end(std::size_t discarded_bytes) {
  if (!flush_at_once() && !co_await flush()) co_return;
  transport_.end_sending();
  while (discarded_bytes > 0 && !transport_.stopped()) {
    const IoResult got = transport_.discard(discarded_bytes);
    if (got.state == Io::done) {
      discarded_bytes -= got.bytes;
      continue;
    }
    if (got.state != Io::want_read) co_return;
    co_await transport_.ready(Io::want_read);
  }
}

void FrameStream::drop_consumed() {
  if (consumed_ == 0) return;
  OPENSSL_cleanse(buffer_.get() + begin_, consumed_);
  begin_ += consumed_;
  consumed_ = 0;
  if (begin_ == end_) begin_ = end_ = 0;
}

// To the front first; a buffer that is full even so is doubled.
void FrameStream::make_room() {
  const std::size_t size = held();
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, size);
    OPENSSL_cleanse(buffer_.get() + size, end_ - size);
  } else {
    const std::size_t capacity = std::max(first_capacity, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (buffer_) {
      std::memcpy(larger.get(), buffer_.get(), size);
      OPENSSL_cleanse(buffer_.get(), size);
    }
    buffer_ = std::move(larger);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = size;
}

}  // namespace doorward
