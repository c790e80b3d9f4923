#include "server/reviews/https_posts.hpp"

#include <array>
#include <cstring>
#include <curl/curl.h>
#include <map>
#include <new>
#include <stdexcept>

#include <openssl/crypto.h>

namespace doorward {
namespace {

constexpr std::size_t max_header_bytes = 64u << 10;

// libcurl's handles are all void.
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct WipeAndFree {
  // A header may hold our token.
  void operator()(curl_slist* list) const {
    for (curl_slist* each = list; each != nullptr; each = each->next) {
      OPENSSL_cleanse(each->data, std::strlen(each->data));
    }
    curl_slist_free_all(list);
  }
};

struct Post {
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  std::unique_ptr<curl_slist, WipeAndFree> headers;
  std::shared_ptr<const ApiServer> server;  // libcurl reads its PEM texts in place
  Secret body;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::size_t header_bytes = 0;
  std::size_t answer_bytes = 0;  // at most
  bool too_long = false;
  HttpsPosts::Answer answer;

  void add_header(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)headers.release();
    headers.reset(longer);
  }
  template <class Value>
  void set(CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(easy.get(), option, value); code != CURLE_OK) {
      throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
    }
  }
  void set_blob(CURLoption option, std::string_view pem) {
    curl_blob blob{.data = const_cast<char*>(pem.data()), .len = pem.size(), .flags = CURL_BLOB_NOCOPY};
    set(option, &blob);
  }

  // Anything but `size` ends the transfer.
  static std::size_t take_header(char*, std::size_t, std::size_t size, void* post) {
    Post& self = *static_cast<Post*>(post);
    self.header_bytes += size;
    self.too_long = self.too_long || self.header_bytes > max_header_bytes;
    return self.too_long ? 0 : size;
  }
  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* post) {
    Post& self = *static_cast<Post*>(post);
    self.too_long = self.too_long || self.answer.body.size() + size > self.answer_bytes;
    if (self.too_long) return 0;
    self.answer.body.append(data, size);
    return size;
  }
};

LoginReason reason_of(CURLcode code, const Post& post) {
  if (post.too_long) return LoginReason::review_too_long;
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

void initialise_libcurl() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

}  // namespace

struct HttpsPosts::State {
  std::size_t answer_bytes = 0;
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::map<Id, std::unique_ptr<Post>> posts;

  // Out of the multi handle before it goes.
  std::unique_ptr<Post> take(Id id) {
    auto found = posts.extract(id);
    if (found.empty()) return nullptr;
    curl_multi_remove_handle(multi.get(), found.mapped()->easy.get());
    return std::move(found.mapped());
  }
};

HttpsPosts::HttpsPosts(std::size_t connections, std::size_t answer_bytes) {
  initialise_libcurl();
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
  auto post = std::make_unique<Post>();
  if (!post->easy) throw std::bad_alloc();
  post->server = std::move(server);
  post->body = std::move(body);
  post->answer_bytes = state_->answer_bytes;
  post->add_header("Content-Type: application/json");
  post->add_header("Accept: application/json");
  if (!post->server->token.empty()) {
    std::string authorization = "Authorization: Bearer ";
    authorization.append(post->server->token.reveal());
    post->add_header(authorization);
    wipe(authorization);
  }

  post->set(CURLOPT_URL, (post->server->url + std::string(path)).c_str());
  post->set(CURLOPT_POSTFIELDSIZE, static_cast<long>(post->body.size()));
  post->set(CURLOPT_POSTFIELDS, post->body.reveal().data());
  post->set(CURLOPT_HTTPHEADER, post->headers.get());
  post->set(CURLOPT_PROTOCOLS_STR, "https");
  post->set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  post->set(CURLOPT_FOLLOWLOCATION, 0L);
  post->set(CURLOPT_PROXY, "");  // nor the environment's
  post->set(CURLOPT_NOSIGNAL, 1L);
  post->set(CURLOPT_ERRORBUFFER, post->error.data());
  post->set(CURLOPT_PRIVATE, reinterpret_cast<char*>(id));
  post->set(CURLOPT_HEADERFUNCTION, &Post::take_header);
  post->set(CURLOPT_HEADERDATA, post.get());
  post->set(CURLOPT_WRITEFUNCTION, &Post::take_body);
  post->set(CURLOPT_WRITEDATA, post.get());

  post->set(CURLOPT_SSL_VERIFYPEER, 1L);
  post->set(CURLOPT_SSL_VERIFYHOST, 2L);
  post->set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!post->server->ca.empty()) {
    // The folder of the system's CAs would be trusted beside ours.
    post->set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    post->set_blob(CURLOPT_CAINFO_BLOB, post->server->ca);
  }
  if (!post->server->certificate.empty()) {
    post->set_blob(CURLOPT_SSLCERT_BLOB, post->server->certificate);
    post->set_blob(CURLOPT_SSLKEY_BLOB, post->server->key.reveal());
  }
  const auto& kept = state_->posts.insert_or_assign(id, std::move(post)).first->second;
  curl_multi_add_handle(state_->multi.get(), kept->easy.get());
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
    long status = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    const std::unique_ptr<Post> post = state_->take(id);
    if (code == CURLE_OK) {
      post->answer.status = static_cast<int>(status);
      ended.push_back({id, std::move(post->answer)});
    } else {
      const char* detail = post->error[0] != '\0' ? post->error.data() : curl_easy_strerror(code);
      ended.push_back({id, std::unexpected(Fault{reason_of(code, *post), detail})});
    }
  }
  return ended;
}

void HttpsPosts::wait(std::chrono::milliseconds at_most) {
  curl_multi_poll(state_->multi.get(), nullptr, 0, static_cast<int>(at_most.count()), nullptr);
}

void HttpsPosts::wake() { curl_multi_wakeup(state_->multi.get()); }

}  // namespace doorward
