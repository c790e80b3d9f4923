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

Task<FrameStream::Received> FrameStream::header() {
  drop_consumed();
  if (held() < wire::header_bytes) {
    if (auto filled = co_await fill(wire::header_bytes); !filled) co_return std::unexpected(filled.error());
  }
  consumed_ = wire::header_bytes;
  co_return std::string_view(buffer_.get() + begin_, wire::header_bytes);
}

Task<FrameStream::Received> FrameStream::frame(wire::FrameType type, std::uint32_t max_bytes) {
  drop_consumed();
  if (held() < wire::header_bytes) {
    if (auto filled = co_await fill(wire::header_bytes); !filled) co_return std::unexpected(filled.error());
  }
  const std::string_view first(buffer_.get() + begin_, wire::header_bytes);
  const auto head = wire::parse_frame_header(first, max_bytes);
  if (!head && first.starts_with(protocol_name)) {
    co_return broken(LoginReason::protocol_error, "a protocol header where a frame was due");
  }
  if (!head) {
    co_return broken(
        wire::announced_size(first) > max_bytes ? LoginReason::frame_too_long : LoginReason::protocol_error,
        head.error().message);
  }
  if (head->type != type) {
    co_return broken(LoginReason::protocol_error, type == wire::FrameType::sasl
                                                      ? "an AMQP frame where a SASL frame was due"
                                                      : "a SASL frame where an AMQP frame was due");
  }
  if (held() < head->size) {
    if (auto filled = co_await fill(head->size); !filled) co_return std::unexpected(filled.error());
  }
  consumed_ = head->size;
  co_return std::string_view(buffer_.get() + begin_ + head->body_offset, head->size - head->body_offset);
}

// Waits until `count` bytes are held.
Task<std::expected<void, Broken>> FrameStream::fill(std::size_t count) {
  bool wait_first = false;
  if (!unsent_.empty()) {
    if (!flush_at_once() && !co_await flush()) {
      co_return broken(transport_.stopped().value_or(LoginReason::peer_gone), "the peer took no answer");
    }
    // What the peer says to this cannot be there yet: to read first would be a system call for nothing.
    wait_first = held() == 0 && !transport_.holds_unread();
  }
  while (held() < count) {
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
  co_return std::expected<void, Broken>();
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
    auto larger = std::make_unique<char[]>(capacity);
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
