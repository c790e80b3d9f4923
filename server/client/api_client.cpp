#include "server/client/api_client.hpp"

#include "server/client/https_exchange.hpp"
#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <new>
#include <utility>

namespace doorward {
namespace {

using nlohmann::json;

constexpr long connect_seconds = 10;
constexpr long answer_seconds = 90;  // beyond what the server gives a request
constexpr int poll_milliseconds = 1'000;

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

bool begins_with_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::ranges::equal(line.substr(0, name.size()), name,
                            [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

// What a person can do about it.
std::string advice(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the certificate is not one that the kubeconfig trusts: correct certificate-authority, or the "
             "name "
             "of the server";
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return "correct the certificates of the kubeconfig";
    default:
      return "is `doorward serve --https` running there?";
  }
}

}  // namespace

std::string warning_text(std::string_view line) {
  constexpr std::string_view prefix = "299 - \"";
  if (!begins_with_name(line, "warning")) return {};
  line.remove_prefix(line.find(':') + 1);
  while (line.starts_with(' ')) line.remove_prefix(1);
  if (!line.starts_with(prefix) || !line.ends_with('"') || line.size() == prefix.size()) return {};
  line.remove_prefix(prefix.size());
  line.remove_suffix(1);
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    text += line[i];
  }
  return text;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view unreserved = "-._~";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || unreserved.contains(c)) {
      encoded += c;
    } else {
      encoded.append("%").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    }
  }
  return encoded;
}

std::string ApiAnswer::message() const {
  const std::string text = resources::text_at(body, {"message"});
  return text.empty() ? "the server answered with HTTP status " + std::to_string(status) : text;
}

// A multi handle keeps the connection of the exchange that it performed last.
struct ApiClient::Connections {
  using Multi = std::unique_ptr<CURLM, FreeMulti>;

  std::shared_ptr<const ApiServer> server;

  // Ends when the exchange has ended.
  CURLcode perform(HttpsExchange& exchange) {
    Multi multi = take();
    const CURLcode outcome = perform(exchange, multi);
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(multi));
    return outcome;
  }

 private:
  Multi take() {
    const std::lock_guard lock(mutex);
    Multi multi(idle.empty() ? curl_multi_init() : idle.back().release());
    if (!idle.empty()) idle.pop_back();
    if (!multi) throw std::bad_alloc();
    return multi;
  }

  static CURLcode perform(HttpsExchange& exchange, const Multi& multi) {
    curl_multi_add_handle(multi.get(), exchange.easy());
    CURLcode outcome = CURLE_OK;
    for (int running = 1;;) {
      curl_multi_perform(multi.get(), &running);
      int more = 0;
      const CURLMsg* message = curl_multi_info_read(multi.get(), &more);
      if (message != nullptr && message->msg == CURLMSG_DONE) {
        outcome = message->data.result;
        break;
      }
      curl_multi_poll(multi.get(), nullptr, 0, poll_milliseconds, nullptr);
    }
    curl_multi_remove_handle(multi.get(), exchange.easy());
    return outcome;
  }

  std::mutex mutex;
  std::vector<Multi> idle;
};

ApiClient::ApiClient(std::unique_ptr<Connections> connections) : connections_(std::move(connections)) {}
ApiClient::~ApiClient() = default;

Result<std::unique_ptr<ApiClient>> ApiClient::of_kubeconfig(const std::filesystem::path& kubeconfig) {
  ApiServerSettings settings;
  settings.kubeconfig = kubeconfig;
  auto server = ApiServerSource(settings).read();
  if (!server) return std::unexpected(server.error());
  HttpsExchange::start_libcurl();
  auto connections = std::make_unique<Connections>();
  connections->server = std::move(*server);
  return std::unique_ptr<ApiClient>(new ApiClient(std::move(connections)));
}

Result<ApiAnswer> ApiClient::ask(const ApiRequest& request) {
  HttpsExchange exchange(
      connections_->server,
      {.method = request.method,
       .path = request.path,
       .content_type = request.content_type,
       .body = request.body.is_null() ? Secret() : Secret(resources::to_text(request.body))},
      max_answer_bytes);
  exchange.set(CURLOPT_CONNECTTIMEOUT, connect_seconds);
  exchange.set(CURLOPT_TIMEOUT, answer_seconds);
  const CURLcode code = connections_->perform(exchange);
  const std::string where = connections_->server->url;
  if (exchange.too_long())
    return fail(ErrorCode::unavailable, where + " answered with more than is read: is it a doorward?");
  if (code != CURLE_OK)
    return fail(ErrorCode::unavailable, where + ": " + exchange.detail(code) + ": " + advice(code));

  ApiAnswer answer{.status = exchange.status(), .body = json::parse(exchange.body(), nullptr, false)};
  if (!answer.body.is_object()) answer.body = json::object();
  for (const std::string& line : exchange.header()) {
    if (std::string text = warning_text(line); !text.empty()) answer.warnings.push_back(std::move(text));
  }
  return answer;
}

}  // namespace doorward
