#pragma once
// Asks the REST API over HTTPS, for the subcommands: on the caller's thread, over a connection that is kept,
// and over as many as there are threads that ask at once. Whoever asks takes an `AskApi`, so that it can be
// asked without a network.
#include "server/client/api_server.hpp"
#include "store/model/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward {

struct ApiRequest {
  std::string method = "GET";
  std::string path;  // with its query, percent-encoded
  nlohmann::json body = nullptr;
  std::string content_type = "application/json";
};

struct ApiAnswer {
  int status = 0;
  nlohmann::json body = nlohmann::json::object();
  std::vector<std::string> warnings = {};  // of the headers `Warning`

  bool ok() const { return status >= 200 && status < 300; }
  // What a `Status` says, else the HTTP status.
  std::string message() const;
};

// `unavailable`, with what to do, where no answer came.
using AskApi = std::function<Result<ApiAnswer>(const ApiRequest&)>;

// The text of a header `Warning: 299 - "..."` (RFC 7234 section 5.5); empty for anything else.
std::string warning_text(std::string_view header_line);

// A name as one segment of a path, or as a value in a query (RFC 3986 section 2.1).
std::string percent_encode(std::string_view text);

class ApiClient {
 public:
  static constexpr std::size_t max_answer_bytes = 64u << 20;

  // Reads what the kubeconfig says; connects with the first request.
  static Result<std::unique_ptr<ApiClient>> of_kubeconfig(const std::filesystem::path& kubeconfig);
  ~ApiClient();

  Result<ApiAnswer> ask(const ApiRequest& request);

 private:
  struct Connections;
  explicit ApiClient(std::unique_ptr<Connections> connections);
  std::unique_ptr<Connections> connections_;
};

}  // namespace doorward
