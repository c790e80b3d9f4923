#pragma once
// The health port: a small HTTP/1.1 server for GET and HEAD over Boost.Beast, with its own threads, so that
// it answers whatever the rest of the house does. Every bound is its own: connections, bytes of a request,
// time of each step. No secrets go over it, and nothing is changed by it.
#include "server/health/reply.hpp"
#include "store/model/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace doorward {

struct HealthLimits {
  // More take the place of the one that has waited for a request longest, and are closed where every one is
  // being answered.
  std::size_t connections = 64;
  std::size_t header_bytes = 16'384;
  std::chrono::milliseconds first_byte{2'000};  // of a connection
  std::chrono::milliseconds read{10'000};       // a request, also the first byte of the next one
  std::chrono::milliseconds write{10'000};      // a reply
};

class HealthServer {
 public:
  // Called by several threads at once. May take its time; not throwing.
  using Answer = std::function<HealthReply(const HealthRequest&)>;

  // Listens and answers until it is destroyed. `host` is an IP address, port 0 any free one.
  static Result<std::unique_ptr<HealthServer>> listen(const std::string& host, std::uint16_t port,
                                                      Answer answer, const HealthLimits& limits = {});
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  const std::string& address() const;  // HOST:PORT

 private:
  struct Connection;
  struct State;
  explicit HealthServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace doorward
