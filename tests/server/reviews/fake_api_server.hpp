#pragma once
// An API server of the tests' own: real TLS on loopback, a thread for each connection, and whatever answer a
// test wants, down to its bytes.
#include "tests/server/net/certificates.hpp"

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>

namespace doorward {

class FakeApiServer {
 public:
  struct Request {
    std::string head, body;
    std::string client;       // the common name in its certificate, if it has shown one
    std::string server_name;  // whom it asked for (SNI), if it has

    // The token that is to be reviewed.
    std::string token() const { return nlohmann::json::parse(body).at("spec").at("token"); }
  };
  struct Reply {
    std::string bytes;
    bool close = false;
  };
  // Called on the thread of the connection; may take its time.
  using Script = std::function<Reply(const Request&)>;

  // `host`: an address of the loopback interface.
  FakeApiServer(const Credential& certificate, Script script, std::string host = "127.0.0.1");
  // Closes what is open. A script that waits must have been let go.
  ~FakeApiServer();

  std::string url() const { return "https://" + host_ + ':' + std::to_string(port_); }
  std::size_t connections() const;
  std::size_t requests() const;

 private:
  void accept();
  void serve(int socket);

  const Script script_;
  const std::string host_;
  std::shared_ptr<SSL_CTX> context_;
  int listener_ = -1;
  int port_ = 0;

  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::size_t requests_ = 0;
  std::list<int> sockets_;
  std::list<std::jthread> threads_;
  std::jthread accepting_;
};

// An answer with a status and a body as a whole, over a connection that stays.
FakeApiServer::Reply reply(int status, std::string_view body, std::string_view type = "application/json");

// What a TokenReview says, but for what `status` changes: {"authenticated": true, ...}.
std::string token_review(const nlohmann::json& status);

// The status of a good token.
nlohmann::json authenticated(std::string_view username, std::vector<std::string> audiences = {});

// A JWT with these claims and a signature that nobody has made.
std::string jwt(const nlohmann::json& claims);

}  // namespace doorward
