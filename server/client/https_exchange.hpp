#pragma once
// One request over HTTPS and what came back, by libcurl: a handle that is set up here and performed by
// whoever has it. What a server may send is bounded; redirects are not followed, no proxy is used, nothing
// but HTTPS is spoken, and where a CA is given nobody else's certificate counts. Where the server has a
// `tls_name`, that is the name which is shown and verified, and not the host that is connected to.
//
// One thread at a time. The handle refers to this object, which therefore stays where it is.
#include "server/client/api_server.hpp"
#include "store/model/secret.hpp"

#include <array>
#include <cstddef>
#include <curl/curl.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

class HttpsExchange {
 public:
  struct Request {
    std::string method = "POST";
    std::string path;  // with its query, percent-encoded
    std::string content_type = "application/json";
    Secret body = {};  // none is sent where it is empty, but for a POST
  };

  // The body of the answer has `answer_bytes` at most, its header 64 KiB. The server's token is the bearer
  // token.
  HttpsExchange(std::shared_ptr<const ApiServer> server, Request request, std::size_t answer_bytes);
  // Before anything else of libcurl; once is enough.
  static void start_libcurl();
  HttpsExchange(const HttpsExchange&) = delete;
  HttpsExchange& operator=(const HttpsExchange&) = delete;

  CURL* easy() const { return easy_.get(); }
  template <class Value>
  void set(CURLoption option, Value value) {
    must(curl_easy_setopt(easy_.get(), option, value));
  }

  // Once it has been performed.
  int status() const;
  std::string& body() { return body_; }
  const std::vector<std::string>& header() const { return header_; }  // its lines, without their ends
  bool too_long() const { return too_long_; }
  // Why it failed, in libcurl's words, without secrets.
  std::string detail(CURLcode code) const;

 private:
  // libcurl's handles are all void.
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct WipeAndFree {
    void operator()(curl_slist* list) const;
  };
  static void must(CURLcode code);
  static std::size_t take_header(char* data, std::size_t, std::size_t size, void* exchange);
  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* exchange);
  void add_header(const std::string& line);
  void set_blob(CURLoption option, std::string_view pem);
  void set_place();
  void set_request();
  void set_trust();

  const std::shared_ptr<const ApiServer> server_;  // libcurl reads its PEM texts in place
  const Request request_;
  const std::size_t answer_bytes_;
  std::unique_ptr<curl_slist, WipeAndFree> headers_, place_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::size_t header_bytes_ = 0;
  bool too_long_ = false;
  std::vector<std::string> header_;
  std::string body_;
  std::unique_ptr<CURL, FreeEasy> easy_;  // the last member: it uses the rest
};

}  // namespace doorward
