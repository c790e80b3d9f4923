#include "server/client/https_exchange.hpp"

#include "server/client/wiped_memory.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>

namespace doorward {
namespace {

constexpr std::size_t max_header_bytes = 64u << 10;
constexpr std::string_view scheme = "https://";

// An IPv6 address stands in brackets, and has colons of its own there.
std::string with_port(const std::string& authority) {
  const std::size_t last = authority.find_last_of(":]");
  return last != std::string::npos && authority[last] == ':' ? authority : authority + ":443";
}

}  // namespace

void HttpsExchange::start_libcurl() {
  if (!start_wiping_libcurl()) throw std::runtime_error("libcurl does not start");
}

// A header may hold our token.
void HttpsExchange::WipeAndFree::operator()(curl_slist* list) const {
  for (curl_slist* each = list; each != nullptr; each = each->next)
    OPENSSL_cleanse(each->data, std::strlen(each->data));
  curl_slist_free_all(list);
}

void HttpsExchange::must(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
}

void HttpsExchange::add_header(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)headers_.release();
  headers_.reset(longer);
}

void HttpsExchange::set_blob(CURLoption option, std::string_view pem) {
  curl_blob blob{.data = const_cast<char*>(pem.data()), .len = pem.size(), .flags = CURL_BLOB_NOCOPY};
  set(option, &blob);
}

// Anything but `size` ends the transfer.
std::size_t HttpsExchange::take_header(char* data, std::size_t, std::size_t size, void* exchange) {
  HttpsExchange& self = *static_cast<HttpsExchange*>(exchange);
  self.header_bytes_ += size;
  self.too_long_ = self.too_long_ || self.header_bytes_ > max_header_bytes;
  if (self.too_long_) return 0;
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  self.header_.emplace_back(line);
  return size;
}

std::size_t HttpsExchange::take_body(char* data, std::size_t, std::size_t size, void* exchange) {
  HttpsExchange& self = *static_cast<HttpsExchange*>(exchange);
  self.too_long_ = self.too_long_ || self.body_.size() + size > self.answer_bytes_;
  if (self.too_long_) return 0;
  self.body_.append(data, size);
  return size;
}

// libcurl shows and verifies the name in the URL. Where that is to be another one, it stands there, and the
// connection goes to the host that it replaces, which the server hears in the header as ever.
void HttpsExchange::set_place() {
  if (server_->tls_name.empty()) return set(CURLOPT_URL, (server_->url + request_.path).c_str());
  const std::size_t path = std::min(server_->url.find('/', scheme.size()), server_->url.size());
  const std::string authority = server_->url.substr(scheme.size(), path - scheme.size());
  const std::string place = with_port(authority);
  const std::string& name = server_->tls_name;
  const std::string authority_of_name =
      (name.contains(':') ? "[" + name + "]" : name) + place.substr(place.rfind(':'));
  const std::string rest = server_->url.substr(path) + request_.path;
  set(CURLOPT_URL, (std::string(scheme) + authority_of_name + rest).c_str());
  place_.reset(curl_slist_append(nullptr, ("::" + place).c_str()));
  if (!place_) throw std::bad_alloc();
  set(CURLOPT_CONNECT_TO, place_.get());
  add_header("Host: " + authority);
}

void HttpsExchange::set_request() {
  add_header("Accept: application/json");
  if (!server_->token.empty()) {
    std::string authorization = "Authorization: Bearer ";
    authorization.append(server_->token.reveal());
    add_header(authorization);
    wipe(authorization);
  }
  if (request_.method == "POST" || !request_.body.empty()) {
    add_header("Content-Type: " + request_.content_type);
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.reveal().data());
  }
  if (request_.method != "GET" && request_.method != "POST")
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void HttpsExchange::set_trust() {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server_->ca.empty()) {
    // The folder of the system's CAs would be trusted beside ours.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set_blob(CURLOPT_CAINFO_BLOB, server_->ca);
  }
  if (!server_->certificate.empty()) {
    set_blob(CURLOPT_SSLCERT_BLOB, server_->certificate);
    set_blob(CURLOPT_SSLKEY_BLOB, server_->key.reveal());
  }
}

HttpsExchange::HttpsExchange(std::shared_ptr<const ApiServer> server, Request request,
                             std::size_t answer_bytes)
    : server_(std::move(server)), request_(std::move(request)), answer_bytes_(answer_bytes) {
  start_libcurl();
  easy_.reset(curl_easy_init());
  if (!easy_) throw std::bad_alloc();
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // nor the environment's
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_HEADERFUNCTION, &HttpsExchange::take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &HttpsExchange::take_body);
  set(CURLOPT_WRITEDATA, this);
  set_place();
  set_request();
  set_trust();
}

int HttpsExchange::status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::string HttpsExchange::detail(CURLcode code) const {
  return error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
}

}  // namespace doorward
