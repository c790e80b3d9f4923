#pragma once
// A TCP or TLS connection to another service, for one exchange: bytes out and in, never longer than until a
// deadline. Belongs to one thread at a time; blocks it.
#include "plugins/plugin.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace relay {

struct Unreachable : doorward_plugin_cpp::Unavailable {
  explicit Unreachable(const std::string& why) : Unavailable("the other service: " + why) {}
};

using Deadline = std::chrono::steady_clock::time_point;

// Whom to trust, and how to introduce oneself. Shared by all connections.
class Tls {
 public:
  // PEM files; an empty `ca_file` stands for the system's, empty others for no certificate of our own. Throws
  // std::runtime_error for files that are no good.
  Tls(const std::string& ca_file, const std::string& certificate_file, const std::string& key_file);

  SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

class Stream {
 public:
  // Without `tls` in the clear; with it the certificate must be `host`'s. Throws Unreachable, as everything
  // here does.
  Stream(const std::string& host, std::uint16_t port, const Tls* tls, Deadline deadline);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void write(std::string_view bytes, Deadline deadline);
  std::string read(std::size_t size, Deadline deadline);  // exactly so many

 private:
  void connect(const std::string& host, std::uint16_t port, Deadline deadline);
  void secure(const std::string& host, const Tls& tls, Deadline deadline);
  void wait(short events, Deadline deadline) const;
  // What to wait for where the result of an SSL function asks for it.
  void wait_for_ssl(int result, const char* doing, Deadline deadline);

  int socket_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

}  // namespace relay
