#pragma once
// Whether the sender of a request still may have what it asked for: for an answer that lasts, since a right
// or a token can be taken away meanwhile. Looks anew only when roles, bindings or tokens have changed, and at
// the sender once a minute besides, since what others know of it changes unseen; else it costs two atomic
// reads.
//
// One thread: that of the connection, as long as the request's answer is being sent.
#include "policies/rbac.hpp"
#include "server/rest/authorizer.hpp"
#include "server/rest/wire/exchange.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace doorward::rest {

class Standing {
 public:
  static constexpr std::chrono::minutes identified_anew_every{1};

  // Of a request whose sender may have `access` now. `callers` rises when senders have to be identified anew.
  // What is given by reference must outlive this.
  Standing(const Request& request, const rbac::Access& access, const Authorizer& authorizer,
           const std::atomic<std::uint64_t>& callers);

  // The `Status` of 401 or 403 where the sender may no more; nothing as long as he may, and where nobody can
  // say who he is just now.
  std::optional<nlohmann::json> lost();

 private:
  std::optional<nlohmann::json> unknown();  // by what it showed

  const std::function<std::expected<rbac::Caller, Response>()> identify_;
  rbac::Caller caller_;
  const std::string verb_, group_, resource_, subresource_, ns_, name_;
  const Authorizer& authorizer_;
  const std::atomic<std::uint64_t>& callers_;
  std::uint64_t callers_seen_, rights_seen_;
  std::chrono::steady_clock::time_point identified_{};
};

}  // namespace doorward::rest
