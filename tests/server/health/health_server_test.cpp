// The health port against clients that behave and those that do not, over plain sockets.
#include "server/health/health_server.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Client {
 public:
  explicit Client(const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
      ADD_FAILURE() << "not listening";
    const timeval patient{.tv_sec = 60, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patient, sizeof patient);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(fd_); }

  void send(const std::string& bytes) const { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Up to the end of the stream, or until `bytes` are there.
  std::string receive(std::size_t bytes = SIZE_MAX) const {
    std::string text;
    char buffer[4'096];
    while (text.size() < bytes) {
      const ssize_t count = recv(fd_, buffer, std::min(sizeof buffer, bytes - text.size()), 0);
      if (count <= 0) break;
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int fd_;
};

class HealthPort : public testing::Test {
 protected:
  void listen(const HealthLimits& limits = {}) {
    auto listening = HealthServer::listen(
        "127.0.0.1", 0,
        [this](const HealthRequest& request) {
          ++asked_;
          if (request.path == "/large") return HealthReply{.body = std::string(64 << 20, 'x')};
          return HealthReply{.status = 503,
                             .body = request.path + "|" + request.query + "|" + request.accept};
        },
        limits);
    ASSERT_TRUE(listening) << listening.error().message;
    server_ = std::move(*listening);
  }
  std::string ask(const std::string& bytes) const {
    const Client client(server_->address());
    client.send(bytes);
    return client.receive();
  }

  std::atomic<int> asked_ = 0;
  std::unique_ptr<HealthServer> server_;
};

TEST_F(HealthPort, answers_a_get) {
  listen();
  const std::string answer =
      ask("GET /readyz?verbose HTTP/1.1\r\nHost: x\r\nAccept: a/b\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n/readyz|verbose|a/b"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 19\r\n"));
}

TEST_F(HealthPort, answers_http_1_0_and_closes) {
  listen();
  EXPECT_THAT(ask("GET /x HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\n/x||"));
}

TEST_F(HealthPort, answers_a_head_without_a_body) {
  listen();
  const std::string answer = ask("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HealthPort, answers_several_requests_on_one_connection) {
  listen();
  const std::string both =
      ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(both, HasSubstr("/a||HTTP/1.1"));
  EXPECT_THAT(both, EndsWith("/b||"));
}

TEST_F(HealthPort, refuses_to_do_anything) {
  listen();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const std::string answer =
        ask(std::string(method) + " /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(HealthPort, does_not_take_the_body_of_a_get_for_a_request) {
  listen();
  const std::string answer =
      ask("GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\nGET /smuggled HTTP/1.1\r\nHost:\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("/a||"));
  EXPECT_THAT(answer, Not(HasSubstr("smuggled")));
  EXPECT_EQ(asked_, 1);
}

TEST_F(HealthPort, ends_the_connection_of_who_does_not_speak_http) {
  listen();
  for (const std::string& bytes :
       {std::string("\x16\x03\x01 a TLS hello\r\n\r\n"), std::string("AMQP\0\1\0\0", 8),
        std::string(100'000, '\n'), std::string(100'000, 'x')}) {
    EXPECT_THAT(ask(bytes), Not(HasSubstr("200 OK")));
  }
  EXPECT_EQ(asked_, 0);
  EXPECT_THAT(ask("GET /x HTTP/1.0\r\n\r\n"), EndsWith("/x||"));
}

TEST_F(HealthPort, takes_a_header_of_so_many_bytes) {
  listen({.header_bytes = 1'000});
  const auto request = [](std::size_t bytes) {
    const std::string begin = "GET /x HTTP/1.0\r\nA: ", end = "\r\n\r\n";
    return begin + std::string(bytes - begin.size() - end.size(), 'a') + end;
  };
  EXPECT_THAT(ask(request(1'000)), EndsWith("/x||"));
  EXPECT_EQ(ask(request(1'001)), "");
}

TEST_F(HealthPort, ends_the_connection_of_who_says_nothing_or_too_slowly) {
  listen({.read = 50ms});
  EXPECT_EQ(ask(""), "");
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost"), "");
}

TEST_F(HealthPort, waits_less_long_for_the_first_byte_than_for_the_rest) {
  listen({.first_byte = 50ms, .read = 1h});
  EXPECT_EQ(ask(""), "");
  // On a busy machine even a byte that is sent at once may come too late.
  std::string answer;
  for (int attempt = 0; attempt < 100 && answer.empty(); ++attempt) {
    const Client began(server_->address());
    began.send("G");
    // Whoever connects now and says nothing is gone before who has begun.
    EXPECT_EQ(ask(""), "");
    began.send("ET /x HTTP/1.0\r\n\r\n");
    answer = began.receive();
  }
  EXPECT_THAT(answer, EndsWith("/x||"));
}

TEST_F(HealthPort, answers_others_while_somebody_does_not_read) {
  listen();
  const Client lazy(server_->address());
  lazy.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(lazy.receive(12), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET /x HTTP/1.0\r\n\r\n"), EndsWith("/x||"));
}

TEST_F(HealthPort, gives_up_on_who_does_not_read) {
  listen({.connections = 1, .write = 50ms});
  const Client lazy(server_->address());
  lazy.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(lazy.receive(12), StartsWith("HTTP/1.1 200"));
  // Its place is free only once it has been given up.
  std::string answer;
  while (answer.empty()) answer = ask("GET /c HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, EndsWith("/c||"));
  EXPECT_LT(lazy.receive().size(), 64u << 20);
}

TEST_F(HealthPort, closes_the_newest_where_everybody_is_being_answered) {
  listen({.connections = 2});
  const Client first(server_->address());
  first.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(first.receive(12), StartsWith("HTTP/1.1 200"));
  {
    const Client second(server_->address());
    second.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(second.receive(12), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(ask(""), "");
    EXPECT_EQ(asked_, 2);
  }
  // The place of the second becomes free once the server has seen its end.
  std::string answer;
  while (answer.empty()) answer = ask("GET /c HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, EndsWith("/c||"));
}

TEST_F(HealthPort, gives_the_place_of_who_has_waited_longest_to_a_newcomer) {
  listen({.connections = 2, .first_byte = 1h, .read = 1h});
  const Client first(server_->address());
  const Client second(server_->address());
  second.send("GET /b HTTP/1.1\r\n");
  EXPECT_THAT(ask("GET /c HTTP/1.0\r\n\r\n"), EndsWith("/c||"));
  EXPECT_EQ(first.receive(), "");
  second.send("Connection: close\r\n\r\n");
  EXPECT_THAT(second.receive(), EndsWith("/b||"));
}

TEST_F(HealthPort, answers_however_many_say_nothing) {
  listen({.first_byte = 1h, .read = 1h});
  std::vector<std::unique_ptr<Client>> silent;
  for (std::size_t i = 0; i < 3 * HealthLimits().connections; ++i) {
    silent.push_back(std::make_unique<Client>(server_->address()));
    if (i % 2 == 0) silent.back()->send("GET /x HTTP/1.1\r\n");
  }
  EXPECT_THAT(ask("GET /x HTTP/1.0\r\n\r\n"), EndsWith("/x||"));
  EXPECT_EQ(silent.front()->receive(), "");
}

TEST_F(HealthPort, that_is_taken_is_refused_with_what_to_do) {
  listen();
  const std::string address = server_->address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  const auto second =
      HealthServer::listen("127.0.0.1", port, [](const HealthRequest&) { return HealthReply(); });
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("Choose another with --health"));
}

TEST_F(HealthPort, ends_with_connections_open) {
  listen();
  const Client waiting(server_->address());
  waiting.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\nGET");
  EXPECT_THAT(waiting.receive(12), StartsWith("HTTP/1.1 503"));
  server_.reset();
  EXPECT_THAT(waiting.receive(), EndsWith("/x||"));
}

}  // namespace
}  // namespace doorward
