// What the OAuth bridge reads: the first line is the issuer's JWK Set, the second the client's message.
// Nobody is let in but by a token that a key of the set has signed, with an algorithm in use, for our
// audience, before it expires.
#include "plugins/oauth/claims.hpp"
#include "plugins/oauth/message.hpp"
#include "plugins/oauth/signed_token.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <algorithm>

namespace {

using namespace oauth_bridge;
using doorward::fuzz::must;
using nlohmann::json;

constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};

Settings settings() {
  Settings settings;
  settings.issuer = "https://issuer.example";
  settings.audiences = {"amqp"};
  settings.algorithms = {"RS256", "PS256", "ES256"};
  settings.identity_claim = "sub";
  settings.groups_claim = "/realm/groups";
  return settings;
}

std::optional<Message> read_message(std::string_view text) {
  const auto message = text.starts_with("user=") ? read_xoauth2(text) : read_oauthbearer(text);
  if (!message) return message;
  must(!message->token.empty() && message->token.size() <= max_token_bytes, "a token without bounds");
  must(message->token.data() >= text.data() &&
           message->token.data() + message->token.size() <= text.data() + text.size(),
       "a token that is no part of the message");
  must(std::ranges::all_of(message->token, [](char c) { return c > ' ' && c < '\x7f'; }),
       "a token of odd bytes");
  return message;
}

void must_be_said(const Bearer& bearer, const json& claims, const SignedToken& token, const Key& key) {
  must(key.fits(token.algorithm()) && token.algorithm().kty == key.kty, "a key of another kind");
  must(!token.kid() || token.kid() == key.kid, "another key than the one that is named");
  must(claims.at("iss") == "https://issuer.example", "of another issuer");
  const json& aud = claims.at("aud");
  must(aud == "amqp" || std::ranges::find(aud, json("amqp")) != aud.end(), "for somebody else");
  must(claims.at("exp").get<double>() > 1'800'000'000, "expired");
  must(claims.at("sub") == bearer.identity && !bearer.identity.empty() && bearer.identity.size() <= 256,
       "somebody else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string body(input.substr(0, end));
  const std::string text(input.substr(std::min(end + 1, input.size())));
  const Settings known = settings();

  std::optional<KeySet> keys;
  try {
    keys = KeySet::read(body, known.algorithms);
    must(keys->size() >= 1 && keys->size() <= max_keys, "a set without bounds");
  } catch (const NoKeySet&) {
    keys.reset();
  }
  const auto message = read_message(text);
  if (!message) return 0;
  auto token = SignedToken::read(message->token, known.algorithms);
  if (!token) return 0;
  must(std::ranges::find(known.algorithms, token->algorithm().name) != known.algorithms.end(),
       "an algorithm not in use");
  if (!keys) return 0;
  const auto key = keys->find(token->kid(), token->algorithm());
  if (!key) return 0;
  const auto claims = token->verify(**key);
  if (!claims) return 0;
  if (const auto bearer = judge(*claims, known, now)) must_be_said(*bearer, *claims, *token, **key);
  return 0;
}
