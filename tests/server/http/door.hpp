#pragma once
// An HTTPS server with handlers that tell what they were given.
#include "server/http/http_server.hpp"
#include "tests/server/http/client.hpp"
#include "tests/server/net/certificates.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace doorward::http {

// A watch whose pieces the test hands out.
class Tap final : public rest::Stream {
 public:
  std::optional<std::string> next(Deadline deadline) override {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] { return ended_ || !pieces_.empty(); });
    if (pieces_.empty()) return ended_ ? std::nullopt : std::optional<std::string>("");
    std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void pour(std::string piece) {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
  }
  void wait_for_stop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  bool ended_ = false;
};

class Door : public testing::Test {
 protected:
  // Before the first client.
  Limits limits;
  bool client_certificates = false;
  rest::Response refuses_callers{.status = 0};  // with a status: identify() answers with it

  rest::Response refuses_heads{.status = 0};  // the same of refuse()
  std::vector<std::string> groups;            // of every caller

  void open() {
    HttpServer::Options options{.host = "127.0.0.1", .limits = limits};
    options.client_certificates = client_certificates;
    if (!tls) {
      tls =
          client_certificates ? certificates.server_context_with_client_ca() : certificates.server_context();
    }
    options.tls = tls;
    options.callbacks.answer = [this](rest::Request&& request) { return answer(std::move(request)); };
    options.callbacks.refuse = [this](const rest::Request&) {
      return refuses_heads.status == 0 ? std::nullopt : std::optional(refuses_heads);
    };
    options.callbacks.identify = [this](const Credentials& shown,
                                        std::string_view) -> std::expected<rbac::Caller, rest::Response> {
      if (shown.authorization == "hangs") {
        Tap hanging;
        const std::stop_callback interrupt(shown.interrupted, [&hanging] { hanging.stop(); });
        waiting.pour("there");
        hanging.wait_for_stop();
      }
      if (!shown.lapse.empty()) return std::unexpected(rest::Response{.status = 401, .body = shown.lapse});
      if (refuses_callers.status != 0) return std::unexpected(refuses_callers);
      std::string certified;
      for (const auto& group : shown.subject ? shown.subject->organizations : std::vector<std::string>()) {
        certified += "+" + group;
      }
      return rbac::Caller{.username = fmt::format("{}|{}{}|{}", shown.authorization,
                                                  shown.subject ? shown.subject->common_name : "", certified,
                                                  shown.impersonates),
                          .groups = groups};
    };
    auto listening = HttpServer::listen(std::move(options));
    ASSERT_TRUE(listening) << listening.error().message;
    server = std::move(*listening);
    const std::string address = server->address();
    port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  Client client() {
    if (!server) open();
    return Client(port, certificates.client());
  }

  // What a client is told that sends this and nothing more.
  std::optional<Answer> ask(std::string_view bytes) {
    Client asking = client();
    asking.send(bytes);
    return asking.answer();
  }

  rest::Response answer(rest::Request&& request) {
    if (request.path == "/throws") throw std::runtime_error("secret\r\nSet-Cookie: x");
    if (request.path == "/watch") {
      rest::Response response;
      response.stream = tap;
      return response;
    }
    if (request.path == "/waits") {
      waiting.pour("there");
      gate.wait_for_stop();
    }
    if (request.path == "/waits-and-looks-again") {
      waiting.pour("there");
      gate.wait_for_stop();
      const auto again = request.identify_again();
      return {.status = again ? 200 : again.error().status};
    }
    rest::Response response;
    response.headers.emplace_back("Warning", "299 - \"a\r\nb\"");
    response.body =
        fmt::format("{} {} ?{} [{}] ({}) {} {}", request.method, request.path, request.query,
                    request.content_type, request.accept, request.body.size(), request.caller.username);
    return response;
  }

  Certificates certificates;
  std::shared_ptr<TlsContext> tls;  // made by open() where the test has made none
  Tap waiting;                      // gets a piece for each request that waits
  Tap gate;                         // stopped: they may go on
  std::shared_ptr<Tap> tap = std::make_shared<Tap>();
  std::uint16_t port = 0;
  std::unique_ptr<HttpServer> server;  // the last: gone before what its threads use
};

}  // namespace doorward::http
