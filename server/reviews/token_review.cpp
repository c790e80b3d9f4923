#include "server/reviews/token_review.hpp"

#include "server/reviews/jwt_claims.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

constexpr std::string_view api_version = "authentication.k8s.io/v1";
constexpr std::string_view kind = "TokenReview";

// No review could be had.
std::unexpected<Failure> no_review(LoginReason reason) {
  return std::unexpected(Failure{SaslCode::sys_temp, reason});
}

std::unexpected<Failure> refused(LoginReason reason) {
  return std::unexpected(Failure{SaslCode::auth, reason});
}

bool share_one(std::span<const std::string> a, std::span<const std::string> b) {
  return std::ranges::find_first_of(a, b) != a.end();
}

LoginReason fault_of_status(int status) {
  if (status >= 300 && status < 400) return LoginReason::review_redirected;
  if (status == 401) return LoginReason::review_unauthorized;
  if (status == 403) return LoginReason::review_forbidden;
  if (status == 429) return LoginReason::review_throttled;
  return LoginReason::review_server_error;
}

// Why the API server has refused it, as far as the token itself tells.
LoginReason why_rejected(const Secret& token, std::span<const std::string> audiences,
                         std::chrono::sys_seconds now) {
  const JwtClaims claims = claims_of(token.reveal());
  if (claims.expires && *claims.expires <= now) return LoginReason::token_expired;
  if (!audiences.empty() && !claims.audiences.empty() && !share_one(claims.audiences, audiences)) {
    return LoginReason::token_of_other_audience;
  }
  return LoginReason::token_rejected;
}

const json& member(const json& object, const char* name) {
  static const json null;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : null;
}

std::string text_in(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// A list of strings, empty where there is none; nothing where it is something else.
std::optional<Strings> texts_in(const json& object, const char* name) {
  const json& value = member(object, name);
  if (value.is_null()) return Strings();
  const auto is_text = [](const json& element) { return element.is_string(); };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_text)) return std::nullopt;
  return value.get<Strings>();
}

}  // namespace

// Neither the token nor the API's names need an escape, so the token is copied once, into what wipes itself.
Secret token_review_request(const Secret& token, std::span<const std::string> audiences) {
  json spec = json::object();
  if (!audiences.empty()) spec["audiences"] = audiences;
  spec["token"] = "";
  const json request = {{"apiVersion", api_version}, {"kind", kind}, {"spec", spec}};
  std::string text = request.dump(-1, ' ', false, json::error_handler_t::replace);
  constexpr std::string_view empty_token = R"("token":"")";
  std::string whole;
  const std::size_t at = text.rfind(empty_token) + empty_token.size() - 1;
  whole.reserve(text.size() + token.size());
  whole.append(text, 0, at).append(token.reveal()).append(text, at);
  return Secret(std::move(whole));
}

//   TokenReview.status = { authenticated, user: { username, uid, groups, extra }, audiences, error }
Review read_token_review(int status, std::string_view body, const Secret& token,
                         std::span<const std::string> audiences, std::chrono::sys_seconds now) {
  if (status != 200 && status != 201) return no_review(fault_of_status(status));
  const json review = json::parse(body, nullptr, false);
  if (review.is_discarded()) {
    // What begins as JSON and is none has lost its end on the way.
    return no_review(body.starts_with('{') ? LoginReason::review_cut : LoginReason::review_not_json);
  }
  const json& said = member(review, "status");
  if (text_in(review, "kind") != kind || text_in(review, "apiVersion") != api_version || !said.is_object()) {
    return no_review(LoginReason::review_malformed);
  }
  if (member(said, "authenticated") != json(true) || !text_in(said, "error").empty()) {
    return refused(why_rejected(token, audiences, now));
  }

  ReviewedUser user{.username = text_in(member(said, "user"), "username"),
                    .uid = text_in(member(said, "user"), "uid"),
                    .groups = {}};
  if (user.username.empty()) return no_review(LoginReason::review_without_user);
  auto groups = texts_in(member(said, "user"), "groups");
  const auto good_for = texts_in(said, "audiences");
  if (!groups || !good_for) return no_review(LoginReason::review_malformed);
  // An API server that names none has not looked at them.
  if (!audiences.empty() && !share_one(*good_for, audiences)) {
    return refused(LoginReason::token_of_other_audience);
  }
  user.groups = std::move(*groups);
  return std::make_shared<const ReviewedUser>(std::move(user));
}

}  // namespace doorward
