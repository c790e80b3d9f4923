#include "server/callers/callers.hpp"

#include "mechanisms/bearer_message.hpp"
#include "server/http/framing.hpp"
#include "server/http/refusal.hpp"
#include "server/ops/log.hpp"
#include "store/model/secret.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <stop_token>
#include <sys/stat.h>
#include <utility>

namespace doorward {
namespace {

rest::Response unauthorized(std::string message) {
  rest::Response response = http::response_of({401, "Unauthorized", std::move(message)});
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

rest::Response unreviewed() {
  rest::Response response = http::response_of({503, "ServiceUnavailable",
                                               "the token is not known here, and the Kubernetes API server, "
                                               "which may know it, cannot be asked: try again later"});
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

// Where the review and whoever no longer waits for it meet: the first of them is heard. It has a place among
// `asked` until the review is over. Any thread.
class FirstWord {
 public:
  FirstWord(std::shared_ptr<AskedReviews> asked, std::string from)
      : asked_(std::move(asked)), from_(std::move(from)) {}
  FirstWord(const FirstWord&) = delete;
  FirstWord& operator=(const FirstWord&) = delete;
  ~FirstWord() { asked_->give_back(from_); }

  std::future<Review> heard() { return promise_.get_future(); }
  void say(Review review) {
    if (!said_.test_and_set()) promise_.set_value(std::move(review));
  }

 private:
  const std::shared_ptr<AskedReviews> asked_;
  const std::string from_;
  std::promise<Review> promise_;
  std::atomic_flag said_;
};

// Waits for a review that is not remembered; it has a time limit of its own. A connection whose place others
// need does not keep it for as long.
Review review_of(TokenReviews& reviews, const std::shared_ptr<AskedReviews>& asked, std::string_view text,
                 const http::Credentials& shown) {
  if (fault_of_token(text)) return std::unexpected(Failure{.code = SaslCode::auth});
  const Secret token(text);
  if (auto known = reviews.known(token)) return std::move(*known);
  if (!asked->take(shown.from)) return std::unexpected(Failure{.code = SaslCode::sys_temp});
  auto word = std::make_shared<FirstWord>(asked, shown.from);
  auto answer = word->heard();
  // Dropped with the reviews, it breaks the promise: nobody else keeps it.
  const std::stop_callback giving_up(shown.interrupted, [said = std::weak_ptr(word)] {
    if (const auto still = said.lock()) still->say(std::unexpected(Failure{.code = SaslCode::sys_temp}));
  });
  reviews.review(token, ReviewLine::of_callers(shown.from),
                 [said = std::move(word)](Review review) { said->say(std::move(review)); });
  try {
    return answer.get();
  } catch (const std::future_error&) {  // dropped uncalled: the process ends
    return std::unexpected(Failure{.code = SaslCode::sys_temp});
  }
}

rbac::Caller authenticated(std::string name, std::vector<std::string> groups) {
  if (std::ranges::find(groups, authenticated_group) == groups.end())
    groups.emplace_back(authenticated_group);
  return {std::move(name), std::move(groups)};
}

rbac::Caller anonymous() { return {std::string(anonymous_user), {std::string(unauthenticated_group)}}; }

// The token of `Bearer TOKEN` (RFC 6750, section 2.1); nothing for any other scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos || !http::same_header(authorization.substr(0, space), "Bearer")) {
    return std::nullopt;
  }
  const std::size_t begin = authorization.find_first_not_of(' ', space);
  return begin == std::string_view::npos ? std::string_view() : authorization.substr(begin);
}

// What tells a file from the one that was read: a replaced one has another number.
std::array<std::int64_t, 5> stamp_of(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {static_cast<std::int64_t>(status.st_ino), status.st_size, status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec, status.st_ctim.tv_nsec};
}

}  // namespace

bool is_public_document(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/version" || path == "/api" || path == "/api/v1" || path == "/apis") return true;
  if (path.starts_with("/openapi/")) return true;
  // `/apis/GROUP` and `/apis/GROUP/VERSION`
  return path.starts_with("/apis/") && std::ranges::count(path, '/') <= 3;
}

Result<std::unique_ptr<Callers>> Callers::load(std::filesystem::path token_file, TokenReviews* reviews,
                                               ReviewedMasters masters) {
  std::unique_ptr<Callers> callers(new Callers(std::move(token_file), reviews, masters));
  if (auto done = callers->read(); !done) return std::unexpected(done.error());
  return callers;
}

// The stamp is taken first: a change during the reading is seen at the next look.
Result<> Callers::read() {
  seen_ = stamp_of(token_file_);
  auto entries = read_tokens(token_file_);
  if (!entries) return std::unexpected(entries.error());
  auto fresh = std::make_shared<const Tokens>(std::move(*entries));
  const std::lock_guard lock(mutex_);
  tokens_ = std::move(fresh);
  return {};
}

bool Callers::look(const Told& told) {
  if (stamp_of(token_file_) == seen_) return false;
  const auto before = tokens();
  if (auto done = read(); !done) {
    log::warning("tokens not reread: the old ones stay in use", {{"reason", done.error().message}});
    return false;
  }
  const auto now = tokens();
  if (told) tell_difference(*before, *now, told);
  log::info("tokens reread", {{"file", token_file_.string()}, {"tokens", now->size()}});
  return true;
}

void Callers::tell_difference(const Tokens& before, const Tokens& now, const Told& told) {
  const auto by_digest = [](const Tokens& tokens) {
    std::map<std::string_view, const TokenEntry*> found;
    for (const TokenEntry& entry : tokens) found.emplace(entry.sha256, &entry);
    return found;
  };
  const auto was = by_digest(before), is = by_digest(now);
  for (const auto& [digest, entry] : was) {
    if (!is.contains(digest)) told("delete", *entry);
  }
  for (const auto& [digest, entry] : is) {
    const auto old = was.find(digest);
    if (old == was.end()) {
      told("create", *entry);
    } else if (*old->second != *entry) {
      told("update", *entry);
    }
  }
}

std::shared_ptr<const Callers::Tokens> Callers::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

std::expected<rbac::Caller, rest::Response> Callers::identify(const http::Credentials& shown,
                                                              std::string_view path) const {
  // What everybody may see is shown to nobody in particular: kubectl begins with it, and would not say why it
  // was refused.
  if (shown.impersonates && is_public_document(path)) return anonymous();
  if (shown.impersonates) {
    return std::unexpected(http::response_of({403, "Forbidden",
                                              "nobody can be impersonated here: leave out --as and the "
                                              "headers Impersonate-*, and use a token of that user"}));
  }
  if (!shown.lapse.empty() && is_public_document(path)) return anonymous();
  if (!shown.lapse.empty()) {
    return std::unexpected(
        unauthorized("Unauthorized: the client certificate of this connection counts no longer, since it has "
                     "ended or the CA of clients is another one (" +
                     shown.lapse + "): get a new certificate, and connect anew with it"));
  }
  if (shown.subject) return authenticated(shown.subject->common_name, shown.subject->organizations);
  if (shown.authorization.empty()) return anonymous();

  if (const auto token = bearer_token(shown.authorization)) return by_token(*token, shown, path);
  if (is_public_document(path)) return anonymous();
  return std::unexpected(unauthorized("Unauthorized: send a bearer token or a client certificate"));
}

rbac::Caller Callers::reviewed(const ReviewedUser& user) const {
  std::vector<std::string> groups = user.groups;
  if (masters_ == ReviewedMasters::dropped && std::erase(groups, rbac::masters_group) > 0)
    log::debug(
        "https: a caller's group system:masters is the cluster's, and not this service's: "
        "tokenReview.allowMasters would take it",
        {{"user", user.username}});
  return authenticated(user.username, std::move(groups));
}

std::expected<rbac::Caller, rest::Response> Callers::by_token(std::string_view token,
                                                              const http::Credentials& shown,
                                                              std::string_view path) const {
  const std::string digest = token_digest(token);
  const TokenEntry* found = nullptr;
  const auto known = tokens();
  for (const TokenEntry& entry : *known) {
    if (equal_in_constant_time(entry.sha256, digest)) found = &entry;
  }
  if (found != nullptr) return authenticated(found->name, found->groups);
  if (is_public_document(path)) return anonymous();
  if (reviews_ == nullptr) return std::unexpected(unauthorized("Unauthorized: the token is not known here"));
  const Review review = review_of(*reviews_, asked_, token, shown);
  if (review) return reviewed(**review);
  if (review.error().code != SaslCode::auth) return std::unexpected(unreviewed());
  return std::unexpected(
      unauthorized("Unauthorized: neither this server nor the Kubernetes API server knows the token"));
}

}  // namespace doorward
