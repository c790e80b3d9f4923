// What comes back from a TokenReview: the first line is the HTTP status, the second the token that was
// reviewed, all behind that the body. Nobody is let in but by a whole review that says so, for our audience.
#include "server/reviews/jwt_claims.hpp"
#include "server/reviews/token_review.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

namespace {

using namespace doorward;
using fuzz::must;
using nlohmann::json;

constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void must_be_said(const Review& review, int status, const std::string& body,
                  const std::vector<std::string>& audiences) {
  if (!review) {
    must(review.error().code == SaslCode::auth || review.error().code == SaslCode::sys_temp, "another code");
    must(review.error().reason != LoginReason::accepted, "refused for no reason");
    return;
  }
  must(status == 200 || status == 201, "let in by another status");
  const json said = json::parse(body).at("status");
  must(said.at("authenticated") == json(true), "let in though not authenticated");
  must(said.at("user").at("username") == (*review)->username && !(*review)->username.empty(),
       "let in as somebody else");
  if (audiences.empty()) return;
  const json& theirs = said.at("audiences");
  must(std::find(theirs.begin(), theirs.end(), json(audiences[0])) != theirs.end(),
       "let in with a token for others");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view status_text = take_line(input);
  int status = 0;
  std::from_chars(status_text.data(), status_text.data() + status_text.size(), status);
  const Secret token(take_line(input));
  const std::string body(input);

  const JwtClaims claims = claims_of(token.reveal());
  must(!claims.expires || claims.expires->time_since_epoch().count() >= 0, "an end before time began");
  for (const std::vector<std::string>& audiences : {std::vector<std::string>{}, {"amqp"}}) {
    must_be_said(read_token_review(status, body, token, audiences, now), status, body, audiences);
  }
  return 0;
}
