#pragma once
// Who calls the REST API: by client certificate, else by bearer token (one of the file, else one that the
// Kubernetes API server knows, where there is one), else nobody in particular. What they may do is decided
// elsewhere, but for one thing: whoever administers that cluster does not administer this service by it.
//
// identify() on any thread, and may wait for a review, until it is there or the caller is interrupted; look()
// on one.
#include "policies/rbac.hpp"
#include "server/callers/asked_reviews.hpp"
#include "server/callers/token_file.hpp"
#include "server/http/callbacks.hpp"
#include "server/rest/wire/exchange.hpp"
#include "server/reviews/token_reviews.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace doorward {

using rbac::authenticated_group;
using rbac::unauthenticated_group;
inline constexpr std::string_view anonymous_user = "system:anonymous";

// Documents that everybody may read, so that a client with a bad token learns that and not that nothing is
// here: versions, discovery, schemas.
bool is_public_document(std::string_view path);

// What becomes of the group `system:masters` where the Kubernetes API server says it of a caller.
enum class ReviewedMasters : std::uint8_t { dropped, kept };

class Callers {
 public:
  // Of a token that has come into the file (`create`), gone from it (`delete`), or has another name or other
  // groups
  // (`update`).
  using Told = std::function<void(std::string_view what, const TokenEntry& entry)>;

  // An error where the file of tokens is faulty. `reviews` must outlive it; null: nobody else knows tokens.
  static Result<std::unique_ptr<Callers>> load(std::filesystem::path token_file,
                                               TokenReviews* reviews = nullptr,
                                               ReviewedMasters masters = ReviewedMasters::dropped);

  // Reads the file of tokens again if it has changed; whether other ones are known since then. A faulty one
  // leaves the tokens as they were, which the log tells once.
  bool look(const Told& told = {});

  // The caller, or a 401 or 403, or a 503 where no review could be had, with a `Status` that says why not.
  std::expected<rbac::Caller, rest::Response> identify(const http::Credentials& shown,
                                                       std::string_view path) const;

 private:
  using Tokens = std::vector<TokenEntry>;
  using Stamp = std::array<std::int64_t, 5>;
  Callers(std::filesystem::path token_file, TokenReviews* reviews, ReviewedMasters masters)
      : token_file_(std::move(token_file)), reviews_(reviews), masters_(masters) {}
  rbac::Caller reviewed(const ReviewedUser& user) const;
  std::expected<rbac::Caller, rest::Response> by_token(std::string_view token, const http::Credentials& shown,
                                                       std::string_view path) const;
  static void tell_difference(const Tokens& before, const Tokens& now, const Told& told);
  std::shared_ptr<const Tokens> tokens() const;
  Result<> read();

  const std::filesystem::path token_file_;
  TokenReviews* const reviews_;
  const std::shared_ptr<AskedReviews> asked_ = std::make_shared<AskedReviews>();
  const ReviewedMasters masters_;
  Stamp seen_{};  // of the file at the last reading
  mutable std::mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;
};

}  // namespace doorward
