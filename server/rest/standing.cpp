#include "server/rest/standing.hpp"

#include "server/rest/wire/failure.hpp"

#include <limits>
#include <utility>

namespace doorward::rest {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

// So that the first look is a whole one: something may have changed since the request was let in.
constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Standing::Standing(const Request& request, const rbac::Access& access, const Authorizer& authorizer,
                   const std::atomic<std::uint64_t>& callers)
    : identify_(request.identify_again),
      caller_(request.caller),
      verb_(access.verb),
      group_(access.group),
      resource_(access.resource),
      subresource_(access.subresource),
      ns_(access.ns),
      name_(access.name),
      authorizer_(authorizer),
      callers_(callers),
      callers_seen_(never),
      rights_seen_(never) {}

std::optional<json> Standing::unknown() {
  if (!identify_) return std::nullopt;
  auto caller = identify_();
  if (caller) {
    caller_ = *std::move(caller);
    return std::nullopt;
  }
  const Response& refusal = caller.error();
  if (refusal.status != 401 && refusal.status != 403) return std::nullopt;
  return json::parse(refusal.body, nullptr, false);
}

std::optional<json> Standing::lost() {
  // The counts are read before what they count, so that a change during the look is seen at the next one.
  const std::uint64_t callers = callers_.load(), rights = authorizer_.revision();
  const Clock::time_point now = Clock::now();
  const bool identifies = callers != callers_seen_ || now >= identified_ + identified_anew_every;
  if (!identifies && rights == rights_seen_) return std::nullopt;
  if (identifies) {
    if (auto status = unknown()) return status;
    identified_ = now;
  }
  callers_seen_ = callers;
  rights_seen_ = rights;
  const rbac::Access access{.verb = verb_,
                            .group = group_,
                            .resource = resource_,
                            .subresource = subresource_,
                            .ns = ns_,
                            .name = name_};
  const auto decision = authorizer_.decide(caller_, access);
  if (decision.allowed) return std::nullopt;
  return to_json(forbidden(caller_, access, decision.reason).error());
}

}  // namespace doorward::rest
