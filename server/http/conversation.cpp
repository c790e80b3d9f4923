#include "server/http/conversation.hpp"

#include "server/http/request_head.hpp"
#include "server/ops/log.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <openssl/rand.h>

namespace doorward::http {
namespace {

using Clock = std::chrono::steady_clock;

// The only thing in it that the library looks at: every request has the same route.
constexpr const char* the_route = "/";
// Between two looks whether the client of a watch is still there.
constexpr std::chrono::seconds look_every{1};

std::string make_request_id() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

bool is_known_caller(const rbac::Caller& caller) {
  return std::ranges::find(caller.groups, rbac::authenticated_group) != caller.groups.end();
}

// The library is left with where the body ends, and with nothing else to act upon.
void leave_framing(httplib::Request& request, const HeadSyntax::Headers& headers, bool has_body) {
  httplib::Headers kept;
  if (const std::string coding = header_of(headers, "Transfer-Encoding"); !coding.empty()) {
    kept.emplace("Transfer-Encoding", coding);
  }
  // Without a length it would read until the client closes, or (DELETE) leave a chunked body unread.
  const std::string length = header_of(headers, "Content-Length");
  kept.emplace("Content-Length", length.empty() ? "0" : length);
  if (has_body && reads_body(request.method) && same_header(header_of(headers, "Expect"), "100-continue")) {
    kept.emplace("Expect", "100-continue");
  }
  request.headers = std::move(kept);
  request.params.clear();
  request.ranges.clear();
  request.path = the_route;
}

// What would end the header that it stands in, or begin another.
std::string header_value(std::string value) {
  std::ranges::replace_if(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return value;
}

}  // namespace

Conversation::Conversation(TlsSocket& socket, const Limits& limits, const Callbacks& callbacks,
                           BodyBudget& bodies, Seats& seats, Seats::Seat& seat)
    : socket_(socket),
      limits_(limits),
      callbacks_(callbacks),
      bodies_(bodies),
      seats_(seats),
      seat_(seat),
      stream_(socket, limits) {
  // The library sends nothing piece by piece while it believes that it does not listen; it never uses this.
  svr_sock_ = 0;
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    return before_body(request, response);
  });
  const auto body = [this](const httplib::Request& request, httplib::Response& response,
                           const httplib::ContentReader& content) { with_body(request, response, content); };
  Post(the_route, HandlerWithContentReader(body));
  Put(the_route, HandlerWithContentReader(body));
  Patch(the_route, HandlerWithContentReader(body));
  Delete(the_route, HandlerWithContentReader(body));
  set_expect_100_continue_handler([this](const httplib::Request& request, httplib::Response& response) {
    return before_body(request, response) == HandlerResponse::Handled ? response.status : 100;
  });
  set_error_handler(HandlerWithResponse([this](const httplib::Request& request, httplib::Response& response) {
    return explain(request, response);
  }));
  set_exception_handler([this](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
    send(response, response_of(refusal_of(500)));
  });
  set_post_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    finish_headers(request, response);
  });
}

Conversation::~Conversation() = default;

void Conversation::run(Deadline first) {
  for (Deadline until = first;; until = Clock::now() + limits_.idle) {
    if (!stream_.await_first_byte(until) || !seats_.work(seat_)) return;
    begun_ = Clock::now();
    stream_.begin_request();
    request_ = {};
    head_ = close_ = taken_over_ = chunked_ = unread_ = false;
    refused_.reset();

    bool closed = false;
    const bool sent =
        process_request(stream_, false, closed, [this](httplib::Request& request) { take_over(request); });
    if (!stream_.has_written()) answer_without_library();
    share_.reset();
    const bool may_go_on = seats_.rest(seat_);
    if (!sent || closed || close_ || stream_.cut() != Cut::none || !may_go_on) return;
  }
}

// The head has been read: whatever is needed of it is taken out.
void Conversation::take_over(httplib::Request& request) {
  taken_over_ = true;
  head_ = request.method == "HEAD";
  const HeadSyntax::Headers& headers = stream_.head().headers();
  request_ = read_head(request.method, request.target, headers);
  request_.peer = socket_.peer().text();
  request_.request_id = make_request_id();
  request_.patience = begun_ + limits_.whole / 2;

  refused_ = why_refused(request);

  close_ |= same_header(header_of(headers, "Connection"), "close") || request.version == "HTTP/1.0";
  leave_framing(request, headers, unread_);
  stream_.begin_body(chunked_);
}

// Also finds out who it is and what he may: nobody who may not ask at all is listened to any further.
std::optional<rest::Response> Conversation::why_refused(const httplib::Request& request) {
  if (!stream_.head().ended()) {
    close_ = true;
    return response_of(refusal_of(400));
  }
  const auto framing = framing_of(stream_.head().headers(), limits_.body_bytes);
  if (!framing) {
    close_ = true;
    return response_of(framing.error());
  }
  chunked_ = framing->chunked;
  unread_ = framing->has_body();
  if (const auto fault = fault_of(request.method, request.target, stream_.head().headers())) {
    return response_of(*fault);
  }
  const Credentials shown = credentials();
  close_ |= !shown.lapse.empty();  // no certificate can be shown but in a new handshake
  auto caller = callbacks_.identify(shown, request_.path);
  if (!caller) return std::move(caller.error());
  request_.caller = *std::move(caller);
  caller_ = request_.caller.username;
  // The head stays as it came until the next request's.
  request_.identify_again = [this, path = request_.path] { return callbacks_.identify(credentials(), path); };
  switch (seats_.hear(seat_, is_known_caller(request_.caller) ? caller_ : std::string())) {
    case Seats::Heard::yes:
      break;
    case Seats::Heard::turned_out:
      return turned_out();
    case Seats::Heard::too_many_of_caller:
      return later("you have as many requests under way as one caller may have beside others");
  }
  if (!unread_ || !reads_body(request.method)) return std::nullopt;
  return callbacks_.refuse(request_);
}

Credentials Conversation::credentials() const {
  const std::string peer = socket_.peer().text();
  const HeadSyntax::Headers& headers = stream_.head().headers();
  return {.authorization = header_of(headers, "Authorization"),
          .subject = socket_.subject(),
          .impersonates = impersonates(headers),
          .from = peer.substr(0, peer.rfind(':')),
          .interrupted = socket_.interrupted(),
          .lapse = socket_.lapse()};
}

Conversation::HandlerResponse Conversation::before_body(const httplib::Request& request,
                                                        httplib::Response& response) {
  if (refused_) {
    send(response, std::move(*refused_));
    return HandlerResponse::Handled;
  }
  if (reads_body(request.method)) return HandlerResponse::Unhandled;
  answer(response);
  return HandlerResponse::Handled;
}

void Conversation::with_body(const httplib::Request&, httplib::Response& response,
                             const httplib::ContentReader& content) {
  share_.emplace(bodies_, request_.caller.username);
  bool crowded = false;
  const bool whole = content([&](const char* bytes, std::size_t size) {
    crowded = !share_->grow(size);
    if (!crowded) request_.body.append(bytes, size);
    return !crowded;
  });
  if (crowded) return send(response, later("too many large bodies at once"));
  if (!whole) return send(response, response_of(stream_.refusal().value_or(refusal_of(400))));
  unread_ = false;
  answer(response);
}

rest::Response Conversation::turned_out() {
  close_ = true;
  return later("too many connections at once");
}

void Conversation::answer(httplib::Response& response) {
  if (!seats_.answer(seat_)) return send(response, turned_out());
  const std::string method = request_.method, path = request_.path, peer = request_.peer,
                    id = request_.request_id;
  try {
    send(response, callbacks_.answer(std::move(request_)));
  } catch (const std::exception& error) {
    log::error("https: request failed",
               {{"method", method}, {"path", path}, {"id", id}, {"reason", error.what()}});
    send(response,
         response_of({500, "InternalError", "the request failed; the log of the server says why: " + id}));
  }
  response.set_header("Audit-Id", id);
  const double milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - begun_).count();
  const bool reads = method == "GET" || method == "HEAD";
  log::write(reads ? log::Level::debug : log::Level::info, "https: request",
             {{"method", method},
              {"path", path},
              {"status", response.status},
              {"user", caller_},
              {"peer", peer},
              {"id", id},
              {"ms", milliseconds}});
}

void Conversation::send(httplib::Response& response, rest::Response&& answered) {
  if (answered.stream && !head_) return watch(response, std::move(answered));
  answered.stream.reset();
  response.status = answered.status;
  response.body = std::move(answered.body);
  for (auto& [name, value] : answered.headers) response.headers.emplace(name, header_value(std::move(value)));
  response.headers.emplace("Content-Type", header_value(std::move(answered.content_type)));
}

void Conversation::watch(httplib::Response& response, rest::Response&& answered) {
  switch (seats_.watch(seat_, caller_, answered.stream)) {
    case Seats::Watching::yes:
      stream_.begin_watch();
      return send_watch(response, answered);
    case Seats::Watching::too_many:
      return send(response, later("too many watches at once"));
    case Seats::Watching::too_many_of_caller:
      return send(response,
                  later(fmt::format("you have {} watches, as many as one caller may have at once; end "
                                    "one, or watch all namespaces by one",
                                    limits_.watches_of_caller)));
  }
}

void Conversation::send_watch(httplib::Response& response, rest::Response& answered) {
  const std::shared_ptr<rest::Stream> watched = std::move(answered.stream);
  response.status = answered.status;
  for (auto& [name, value] : answered.headers) response.headers.emplace(name, header_value(std::move(value)));
  const auto piece_by_piece = [this, watched](std::size_t, httplib::DataSink& sink) {
    if (stream_.client_gone()) return false;
    try {
      const auto piece = watched->next(Clock::now() + look_every);
      if (!piece) sink.done();
      return !piece || piece->empty() || sink.write(piece->data(), piece->size());
    } catch (const std::exception& error) {
      log::error("https: watch failed", {{"reason", error.what()}});
      return false;
    }
  };
  response.set_chunked_content_provider(answered.content_type, piece_by_piece,
                                        [watched](bool) { watched->stop(); });
}

// Also called for what was sent with a body of ours, which says it all.
Conversation::HandlerResponse Conversation::explain(const httplib::Request& request,
                                                    httplib::Response& response) {
  if (!response.body.empty()) return HandlerResponse::Unhandled;
  // The library stopped before the header ended, or did not understand it: what follows is no request.
  close_ |= !taken_over_;
  const bool unknown = stream_.cut() == Cut::none && response.status == 400 && !taken_over_ &&
                       !request.method.empty() && !is_known_method(request.method);
  send(response,
       response_of(unknown ? unknown_method() : stream_.refusal().value_or(refusal_of(response.status))));
  return HandlerResponse::Handled;
}

void Conversation::finish_headers(const httplib::Request&, httplib::Response& response) {
  // What is left of a body would be taken for the next request.
  close_ |= unread_ || seats_.stopping();
  for (const char* name : {"Connection", "Keep-Alive", "Accept-Ranges"}) response.headers.erase(name);
  if (!response.has_header("Content-Length") && !response.has_header("Transfer-Encoding")) {
    response.set_header("Content-Length", std::to_string(response.body.size()));
  }
  if (close_) {
    response.set_header("Connection", "close");
  } else {
    response.set_header(
        "Keep-Alive",
        fmt::format("timeout={}", std::chrono::floor<std::chrono::seconds>(limits_.idle).count()));
  }
  response.set_header("Cache-Control", "no-cache, private");
  response.set_header("X-Content-Type-Options", "nosniff");
}

// The library says nothing where not even one line came.
void Conversation::answer_without_library() {
  const std::optional<Refusal> refusal = stream_.refusal();
  if (!refusal) return;
  const std::string body = response_of(*refusal).body;
  const std::string response = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      refusal->status, refusal->reason, body.size(), body);
  (void)stream_.httplib::Stream::write(response);
}

}  // namespace doorward::http
