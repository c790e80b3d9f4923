#include "server/reviews/https_posts.hpp"

#include "server/client/https_exchange.hpp"

#include <map>
#include <new>
#include <utility>

namespace doorward {
namespace {

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

LoginReason reason_of(CURLcode code, const HttpsExchange& post) {
  if (post.too_long()) return LoginReason::review_too_long;
  switch (code) {
    case CURLE_OUT_OF_MEMORY:  // also where a line of the header is beyond libcurl's bound
      return LoginReason::review_too_long;
    case CURLE_PEER_FAILED_VERIFICATION:
      return LoginReason::review_certificate;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return LoginReason::review_misconfigured;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
      return LoginReason::review_cut;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return LoginReason::review_not_json;
    case CURLE_OPERATION_TIMEDOUT:
      return LoginReason::review_timed_out;
    default:
      return LoginReason::review_unreachable;
  }
}

}  // namespace

struct HttpsPosts::State {
  std::size_t answer_bytes = 0;
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::map<Id, std::unique_ptr<HttpsExchange>> posts;

  // Out of the multi handle before it goes.
  std::unique_ptr<HttpsExchange> take(Id id) {
    auto found = posts.extract(id);
    if (found.empty()) return nullptr;
    curl_multi_remove_handle(multi.get(), found.mapped()->easy());
    return std::move(found.mapped());
  }
};

HttpsPosts::HttpsPosts(std::size_t connections, std::size_t answer_bytes) {
  HttpsExchange::start_libcurl();
  state_ = std::make_unique<State>();
  state_->answer_bytes = answer_bytes;
  state_->multi.reset(curl_multi_init());
  if (!state_->multi) throw std::bad_alloc();
  curl_multi_setopt(state_->multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
}

HttpsPosts::~HttpsPosts() {
  while (!state_->posts.empty()) cancel(state_->posts.begin()->first);
}

void HttpsPosts::begin(Id id, std::shared_ptr<const ApiServer> server, std::string_view path, Secret body) {
  auto post = std::make_unique<HttpsExchange>(
      std::move(server), HttpsExchange::Request{.path = std::string(path), .body = std::move(body)},
      state_->answer_bytes);
  post->set(CURLOPT_PRIVATE, reinterpret_cast<char*>(id));
  const auto& kept = state_->posts.insert_or_assign(id, std::move(post)).first->second;
  curl_multi_add_handle(state_->multi.get(), kept->easy());
}

void HttpsPosts::cancel(Id id) { (void)state_->take(id); }

std::vector<HttpsPosts::Ended> HttpsPosts::advance() {
  std::vector<Ended> ended;
  int running = 0;
  curl_multi_perform(state_->multi.get(), &running);
  int more = 0;
  while (const CURLMsg* message = curl_multi_info_read(state_->multi.get(), &more)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* told = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &told);
    const Id id = reinterpret_cast<Id>(told);
    const std::unique_ptr<HttpsExchange> post = state_->take(id);
    if (code == CURLE_OK) {
      ended.push_back({id, Answer{.status = post->status(), .body = std::move(post->body())}});
    } else {
      ended.push_back({id, std::unexpected(Fault{reason_of(code, *post), post->detail(code)})});
    }
  }
  return ended;
}

void HttpsPosts::wait(std::chrono::milliseconds at_most) {
  curl_multi_poll(state_->multi.get(), nullptr, 0, static_cast<int>(at_most.count()), nullptr);
}

void HttpsPosts::wake() { curl_multi_wakeup(state_->multi.get()); }

}  // namespace doorward
