#pragma once
// POSTs over HTTPS, many at a time on the one thread that owns this, by libcurl: connections are kept alive,
// and what a server may send is bounded. Redirects are not followed, no proxy is used, nothing but HTTPS is
// spoken, and where a CA is given nobody else's certificate counts.
#include "server/client/api_server.hpp"
#include "store/model/login_fact.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

class HttpsPosts {
 public:
  struct Answer {
    int status = 0;
    std::string body;
  };
  struct Fault {
    LoginReason reason;
    std::string detail;  // in libcurl's words, without secrets
  };
  using Outcome = std::expected<Answer, Fault>;
  using Id = std::uint64_t;  // the caller's, for one post at a time
  struct Ended {
    Id id;
    Outcome outcome;
  };

  // `connections` are kept alive; a body or the header of an answer has `answer_bytes` at most.
  HttpsPosts(std::size_t connections, std::size_t answer_bytes);
  ~HttpsPosts();

  // A JSON body, with the server's token as its bearer token.
  void begin(Id id, std::shared_ptr<const ApiServer> server, std::string_view path, Secret body);
  // Gives the post up, and its connection. No-op once it has ended.
  void cancel(Id id);
  // Does what can be done without waiting; what has ended by that.
  std::vector<Ended> advance();
  // Until there is something to do, or wake() is called, or the time is over.
  void wait(std::chrono::milliseconds at_most);
  // From any thread.
  void wake();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace doorward
