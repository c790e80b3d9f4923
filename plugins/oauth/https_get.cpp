#include "plugins/oauth/https_get.hpp"

#include <array>
#include <curl/curl.h>
#include <memory>

namespace oauth_bridge {
namespace {

constexpr std::size_t max_header_bytes = 64 * 1'024;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void initialise_libcurl() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw Unreachable("libcurl does not start");
}

// What comes in, and whether it became too much. Anything but `size` ends the transfer.
struct Answer {
  std::size_t body_bytes = 0;  // at most
  std::size_t header_bytes = 0;
  std::string body;
  bool too_long = false;

  static std::size_t take_header(char*, std::size_t, std::size_t size, void* answer) {
    Answer& self = *static_cast<Answer*>(answer);
    self.header_bytes += size;
    self.too_long = self.too_long || self.header_bytes > max_header_bytes;
    return self.too_long ? 0 : size;
  }
  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* answer) {
    Answer& self = *static_cast<Answer*>(answer);
    self.too_long = self.too_long || self.body.size() + size > self.body_bytes;
    if (self.too_long) return 0;
    self.body.append(data, size);
    return size;
  }
};

class Transfer {
 public:
  explicit Transfer(const HttpsGet& request) : request_(request) {
    initialise_libcurl();
    easy_.reset(curl_easy_init());
    multi_.reset(curl_multi_init());
    headers_.reset(curl_slist_append(nullptr, "Accept: application/json"));
    if (!easy_ || !multi_ || !headers_) throw std::bad_alloc();
    answer_.body_bytes = request.body_bytes;
    set_up();
    curl_multi_add_handle(multi_.get(), easy_.get());
  }
  ~Transfer() { curl_multi_remove_handle(multi_.get(), easy_.get()); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  std::string run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
    for (int running = 1; running > 0;) {
      if (stop.stop_requested()) throw Unreachable("the bridge is being closed");
      curl_multi_perform(multi_.get(), &running);
      if (running > 0)
        curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(request_.time_limit.count()), nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    if (message == nullptr) throw Unreachable("libcurl ended without a result");
    if (message->data.result != CURLE_OK) throw Unreachable(why(message->data.result));
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300 && status < 400)
      throw Unreachable("it redirects (" + std::to_string(status) +
                        "), which is not followed: name the place itself");
    if (status != 200) throw Unreachable("it answers with status " + std::to_string(status));
    return std::move(answer_.body);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(easy_.get(), option, value); code != CURLE_OK)
      throw Unreachable(std::string("libcurl: ") + curl_easy_strerror(code));
  }

  void set_up() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_PROTOCOLS_STR, "https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");  // nor the environment's
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.time_limit.count()));
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_HEADERFUNCTION, &Answer::take_header);
    set(CURLOPT_HEADERDATA, &answer_);
    set(CURLOPT_WRITEFUNCTION, &Answer::take_body);
    set(CURLOPT_WRITEDATA, &answer_);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (request_.ca_file.empty()) return;
    // The folder of the system's CAs would be trusted beside ours.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set(CURLOPT_CAINFO, request_.ca_file.c_str());
  }

  std::string why(CURLcode code) const {
    if (answer_.too_long)
      return "it sends more than " + std::to_string(answer_.body_bytes) + " bytes, or too long a header";
    const std::string detail = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        return "it did not answer within " + std::to_string(request_.time_limit.count()) + " ms";
      case CURLE_PEER_FAILED_VERIFICATION:
        return "its certificate is refused: " + detail;
      case CURLE_SSL_CACERT_BADFILE:
        return "caFile cannot be read as certificates: " + detail;
      default:
        return detail;
    }
  }

  const HttpsGet& request_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  Answer answer_;
};

}  // namespace

std::string https_get(const HttpsGet& request, std::stop_token stop) { return Transfer(request).run(stop); }

}  // namespace oauth_bridge
