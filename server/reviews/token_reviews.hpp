#pragma once
// Whose a token is, as somebody says who can tell: an interface for what needs to know it (logins, and the
// callers of the REST API). Kubernetes' API server is behind it: see reviewer.hpp.
#include "mechanisms/mechanism.hpp"
#include "store/model/secret.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

// `status.user` of a TokenReview (`authentication.k8s.io/v1`).
struct ReviewedUser {
  std::string username;  // never empty; of a service account `system:serviceaccount:NAMESPACE:NAME`
  std::string uid;
  std::vector<std::string> groups;
  bool operator==(const ReviewedUser&) const = default;
};

// The user, never null; or why there is none, with the code that a client may be told: `auth` where the token
// is no good, `sys_temp` where no review could be had.
using Review = std::expected<std::shared_ptr<const ReviewedUser>, Failure>;

// In whose line a review waits for its turn: that of a realm that is served, the one of all other realms, or
// that of the callers of the REST API from one address.
struct ReviewLine {
  enum class Kind : std::uint8_t { realm, unknown_realms, callers };
  Kind kind;
  std::string name;  // of Kind::realm: which, never empty; of Kind::callers: the address, without its port
  bool operator==(const ReviewLine&) const = default;

  static ReviewLine of_realm(std::string_view name) { return {Kind::realm, std::string(name)}; }
  static ReviewLine of_unknown_realms() { return {Kind::unknown_realms, {}}; }
  static ReviewLine of_callers(std::string_view from) { return {Kind::callers, std::string(from)}; }
};

class TokenReviews {
 public:
  using Done = std::move_only_function<void(Review)>;

  virtual ~TokenReviews() = default;

  // What is still remembered of the token; nothing where somebody would have to be asked. Quick.
  virtual std::optional<Review> known(const Secret& token) = 0;

  // Calls `done` once, within the time limit, from any thread and perhaps before this returns. `done` must
  // own what it touches, not throw, and be quick; it is dropped uncalled when the reviews end.
  virtual void review(const Secret& token, const ReviewLine& line, Done done) = 0;
};

}  // namespace doorward
