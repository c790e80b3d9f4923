#pragma once
// What the HTTP library reads and writes: the TLS connection behind it, with the bounds of one request after
// the other, and what a head and chunks have to look like. A bound that is crossed ends reading (the library
// sees an end of input) and is remembered, so that the answer can say which. What a pipelining client has
// sent ahead is kept for the next request.
//
// One thread: that of the connection.
#include "server/http/limits.hpp"
#include "server/http/refusal.hpp"
#include "server/http/syntax.hpp"
#include "server/http/tls_socket.hpp"

#include <array>
#include <httplib.h>
#include <optional>
#include <string>

namespace doorward::http {

enum class Cut : std::uint8_t { none, gone, late, malformed, header_too_large, body_too_large };

class BoundedStream final : public httplib::Stream {
 public:
  BoundedStream(TlsSocket& socket, const Limits& limits) : socket_(socket), limits_(limits) {}
  ~BoundedStream() override;  // wipes what it has read

  // Waits for the first byte of a request. False where none came in time.
  bool await_first_byte(Deadline deadline);
  void begin_request();           // counts header bytes, and the times of the head and of the whole
  void begin_body(bool chunked);  // counts body bytes
  void begin_watch();             // from here on the time counts for each write

  Cut cut() const { return cut_; }
  // What to tell the client of the bound that it crossed; nothing where it crossed none, or is gone.
  std::optional<Refusal> refusal() const;
  const HeadSyntax& head() const { return head_syntax_; }  // of this request, as far as it was read
  bool has_written() const { return has_written_; }
  // Waits for nothing: more to read, or the client gone.
  bool client_gone() const { return socket_.peer_gone(); }

  ssize_t read(char* into, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;

  bool is_readable() const override { return cut_ == Cut::none; }
  bool is_writable() const override { return !write_failed_; }
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  // The library asks only to refuse descriptors that select() cannot take; nothing here calls select(), and
  // with ten thousand logins open a descriptor is above its bound.
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  bool fill(Deadline deadline);

  TlsSocket& socket_;
  const Limits& limits_;
  std::array<char, 16'384> buffer_;
  std::size_t begin_ = 0, end_ = 0;

  Cut cut_ = Cut::none;
  std::size_t left_ = 0;  // bytes of the header or body
  HeadSyntax head_syntax_;
  ChunkSyntax chunk_syntax_;
  bool in_body_ = false, chunked_ = false, watching_ = false;
  bool has_written_ = false, write_failed_ = false;
  Deadline deadline_, whole_until_;
};

}  // namespace doorward::http
