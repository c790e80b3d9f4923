#pragma once
// What most tests of this room stand on: the API over a SQLite store, asked as kubectl asks.
#include "server/resources/document/json_access.hpp"
#include "server/rest/api.hpp"
#include "tests/server/resources/workbench.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace doorward::rest {

using nlohmann::json;

inline const std::string users_path = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers";
inline const std::string all_users_path = "/apis/user.enmasse.io/v1beta1/messagingusers";
inline const std::string spaces_path = "/apis/enmasse.io/v1beta1/namespaces/team1/addressspaces";
inline const std::string services_path =
    "/apis/admin.enmasse.io/v1beta1/namespaces/default/authenticationservices";
inline const std::string table_accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

class House : public resources::Workbench {
 protected:
  House() { restart(); }

  // A new process over the same file.
  void restart() {
    api_.reset();
    store_.reset();
    store_ = open();
    options_.turns = &turns_;
    api_ = Api::make({.store = *store_,
                      .authorizer = authorizer_,
                      .settings = options_.settings,
                      .turns = turns_,
                      .watch_times = watch_times_})
               .value();
  }

  struct Answer {
    int status;
    json body;
    Response response;
    std::string text() const { return response.body; }
    std::string reason() const { return body.value("reason", ""); }
    std::string message() const { return body.value("message", ""); }
    std::vector<std::string> warnings() const {
      std::vector<std::string> found;
      for (const auto& [name, value] : response.headers) {
        if (name == "Warning") found.push_back(value);
      }
      return found;
    }
  };

  Request request(const std::string& method, const std::string& target, std::string body = "",
                  std::string content_type = "application/json") {
    const std::size_t mark = target.find('?');
    return {.method = method,
            .path = target.substr(0, mark),
            .query = mark == std::string::npos ? "" : target.substr(mark + 1),
            .accept = accept_,
            .content_type = std::move(content_type),
            .user_agent = "kubectl/v1.32.0",
            .body = std::move(body),
            .caller = caller_,
            .peer = "127.0.0.1:1",
            .request_id = "1"};
  }
  Answer ask(const Request& request) {
    Response response = api_->handle(request);
    std::string text = response.body;
    if (response.stream) {
      while (const auto piece = response.stream->next(std::chrono::steady_clock::now())) text += *piece;
      response.body = text;
    }
    json body = json::parse(text, nullptr, false);
    return {response.status, std::move(body), std::move(response)};
  }
  Answer get(const std::string& target) { return ask(request("GET", target)); }
  Answer post(const std::string& target, const json& body) {
    return ask(request("POST", target, body.dump()));
  }
  Answer put(const std::string& target, const json& body) { return ask(request("PUT", target, body.dump())); }
  Answer patch(const std::string& target, const json& body,
               std::string type = "application/merge-patch+json") {
    return ask(request("PATCH", target, body.dump(), std::move(type)));
  }
  Answer remove(const std::string& target, std::string body = "") {
    return ask(request("DELETE", target, std::move(body)));
  }

  static json user(const std::string& name, const std::string& username,
                   const std::string& password = "pencil") {
    json object{{"apiVersion", "user.enmasse.io/v1beta1"},
                {"kind", "MessagingUser"},
                {"metadata", {{"name", name}}},
                {"spec",
                 {{"username", username},
                  {"authentication", {{"type", "password"}}},
                  {"authorization", json::array({{{"addresses", {"orders"}}, {"operations", {"send"}}}})}}}};
    if (!password.empty()) object["spec"]["authentication"]["password"] = base64_encode(password);
    return object;
  }
  // A user that takes no PBKDF2, for tests that make many.
  static json federated(const std::string& name) {
    json object = user(name, name, "");
    object["spec"]["authentication"] = {{"type", "federated"}};
    return object;
  }
  void seed() { ASSERT_TRUE(apply(resources::service + resources::shop)); }

  MastersOnly authorizer_;
  resources::WriteTurns turns_;
  WatchTimes watch_times_;
  rbac::Caller caller_{"admin", {std::string(rbac::masters_group)}};
  std::string accept_ = "application/json";
  std::unique_ptr<Api> api_;
};

}  // namespace doorward::rest
