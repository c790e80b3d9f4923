#pragma once
// One connection's requests, one after the other: cpp-httplib parses each and writes its response, below it
// the stream counts, and above it all that the library would do with a request by itself is taken away
// (unpacking bodies, forms as parameters, ranges, compression, routes by std::regex). One library server for
// each connection, which never listens: its handlers know their connection without a detour.
//
// One thread: that of the connection.
#include "server/http/body_budget.hpp"
#include "server/http/bounded_stream.hpp"
#include "server/http/callbacks.hpp"
#include "server/http/framing.hpp"
#include "server/http/seats.hpp"

#include <chrono>
#include <httplib.h>
#include <optional>

namespace doorward::http {

class Conversation final : private httplib::Server {
 public:
  // Everything given outlives the conversation; the handshake is over.
  Conversation(TlsSocket& socket, const Limits& limits, const Callbacks& callbacks, BodyBudget& bodies,
               Seats& seats, Seats::Seat& seat);
  ~Conversation() override;

  // Until the client goes, or a bound or the server ends it. `first`: when the first request has to have
  // begun.
  void run(Deadline first);

 private:
  void take_over(httplib::Request& request);
  std::optional<rest::Response> why_refused(const httplib::Request& request);
  Credentials credentials() const;
  // Answers a watch, or says why there is no place for one.
  void watch(httplib::Response& response, rest::Response&& answered);
  HandlerResponse before_body(const httplib::Request& request, httplib::Response& response);
  void with_body(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& content);
  void answer(httplib::Response& response);
  rest::Response turned_out();
  void send(httplib::Response& response, rest::Response&& answered);
  void send_watch(httplib::Response& response, rest::Response& answered);
  // The error handler: also sees the responses that the library makes by itself.
  HandlerResponse explain(const httplib::Request& request, httplib::Response& response);
  void finish_headers(const httplib::Request& request, httplib::Response& response);
  void answer_without_library();

  TlsSocket& socket_;
  const Limits& limits_;
  const Callbacks& callbacks_;
  BodyBudget& bodies_;
  Seats& seats_;
  Seats::Seat& seat_;
  BoundedStream stream_;

  // Of the request that is being answered.
  rest::Request request_;
  std::string caller_;                      // who sent it
  std::optional<rest::Response> refused_;   // before its body was read
  std::optional<BodyBudget::Share> share_;  // of the memory for bodies, until the response is sent
  bool taken_over_ = false;                 // its header was understood
  bool head_ = false;
  bool chunked_ = false;
  bool unread_ = false;  // there is a body, and it has not been read to its end
  bool close_ = false;   // the connection cannot go on after this response
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace doorward::http
