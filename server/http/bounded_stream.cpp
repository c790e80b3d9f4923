#include "server/http/bounded_stream.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace doorward::http {

BoundedStream::~BoundedStream() { OPENSSL_cleanse(buffer_.data(), buffer_.size()); }

bool BoundedStream::fill(Deadline deadline) {
  const TlsSocket::Read read = socket_.read(buffer_.data(), buffer_.size(), deadline);
  begin_ = 0;
  end_ = read.bytes;
  if (read.outcome == TlsSocket::Outcome::done) return true;
  cut_ = read.outcome == TlsSocket::Outcome::late ? Cut::late : Cut::gone;
  return false;
}

bool BoundedStream::await_first_byte(Deadline deadline) {
  cut_ = Cut::none;
  return begin_ < end_ || fill(deadline);
}

void BoundedStream::begin_request() {
  cut_ = Cut::none;
  left_ = limits_.header_bytes;
  head_syntax_ = {};
  in_body_ = chunked_ = watching_ = has_written_ = false;
  const auto now = std::chrono::steady_clock::now();
  whole_until_ = now + limits_.whole;
  deadline_ = std::min(now + limits_.header, whole_until_);
}

void BoundedStream::begin_body(bool chunked) {
  chunk_syntax_ = {};
  chunked_ = chunked;
  deadline_ = whole_until_;
  in_body_ = true;
  left_ = limits_.body_bytes;
}

void BoundedStream::begin_watch() { watching_ = true; }

ssize_t BoundedStream::read(char* into, size_t size) {
  if (cut_ != Cut::none || size == 0) return 0;
  if (left_ == 0) {
    cut_ = in_body_ ? Cut::body_too_large : Cut::header_too_large;
    return 0;
  }
  if (begin_ == end_ && !fill(deadline_)) return 0;
  const std::size_t taken = std::min({size, end_ - begin_, left_});
  std::memcpy(into, buffer_.data() + begin_, taken);
  begin_ += taken;
  left_ -= taken;
  const std::string_view bytes(into, taken);
  if (in_body_ ? chunked_ && !chunk_syntax_.accept(bytes) : !head_syntax_.accept(bytes)) {
    cut_ = Cut::malformed;
    return 0;
  }
  return static_cast<ssize_t>(taken);
}

ssize_t BoundedStream::write(const char* bytes, size_t size) {
  const Deadline deadline = watching_ ? std::chrono::steady_clock::now() + limits_.whole : whole_until_;
  has_written_ = true;
  if (write_failed_ || socket_.write({bytes, size}, deadline) != TlsSocket::Outcome::done) {
    write_failed_ = true;
    return -1;
  }
  return static_cast<ssize_t>(size);
}

// Who it is goes by another way; the library only copies this into headers.
void BoundedStream::get_remote_ip_and_port(std::string&, int& port) const { port = 0; }
void BoundedStream::get_local_ip_and_port(std::string&, int& port) const { port = 0; }

std::optional<Refusal> BoundedStream::refusal() const {
  switch (cut_) {
    case Cut::late: {
      const auto time = std::chrono::floor<std::chrono::seconds>(in_body_ ? limits_.whole : limits_.header);
      return Refusal{408, "Timeout",
                     fmt::format("the request did not come in time: {} s at most", time.count())};
    }
    case Cut::malformed:
      return Refusal{
          400, "BadRequest",
          "the request cannot be read as HTTP/1.1: each line ends in CRLF, each header is a name, a colon "
          "and a value, the size of each chunk is hexadecimal"};
    case Cut::header_too_large:
      return Refusal{
          431, "RequestHeaderFieldsTooLarge",
          fmt::format("request line and headers are too large: {} bytes at most", limits_.header_bytes)};
    case Cut::body_too_large:
      return Refusal{413, "RequestEntityTooLarge",
                     fmt::format("the body is too large: {} bytes at most", limits_.body_bytes)};
    case Cut::none:
    case Cut::gone:
      break;
  }
  return std::nullopt;
}

}  // namespace doorward::http
