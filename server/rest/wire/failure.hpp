#pragma once
// What a request that fails is answered with: a `Status` object of the Kubernetes API conventions, with the
// reason that clients branch on, the code, and the causes that kubectl lists. Values and pure functions.
#include "policies/rbac.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/wire/exchange.hpp"
#include "store/model/result.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

struct Cause {
  std::string reason, message, field;
  bool operator==(const Cause&) const = default;
};

struct Failure {
  int code = 500;
  std::string reason;  // `NotFound`, as apimachinery spells it
  std::string message;
  // Of the object at fault, where there is one. `kind` is the plural, but for what is invalid.
  std::string group = {}, kind = {}, name = {};
  std::vector<Cause> causes = {};
  int retry_after = 0;  // seconds; 0: no use
};

template <class T = void>
using Reply = std::expected<T, Failure>;

std::unexpected<Failure> bad_request(std::string message);
std::unexpected<Failure> forbidden(const rbac::Caller& caller, const rbac::Access& access,
                                   std::string_view reason);
std::unexpected<Failure> not_found(const resources::Kind& kind, std::string_view name);
std::unexpected<Failure> no_such_path();
std::unexpected<Failure> method_not_allowed();
std::unexpected<Failure> already_exists(const resources::Kind& kind, std::string_view name);
std::unexpected<Failure> conflict(const resources::Kind& kind, std::string_view name, std::string_view why);
// The conflict of whoever changed an object that was not the current one any more.
std::unexpected<Failure> stale(const resources::Kind& kind, std::string_view name);
std::unexpected<Failure> invalid(const resources::Kind& kind, std::string_view name,
                                 const resources::FieldErrors& errors);
// 422 for what is no object: a parameter, a patch.
std::unexpected<Failure> unprocessable(std::string message);
std::unexpected<Failure> expired(std::string message);
std::unexpected<Failure> unsupported_media_type(std::string_view accepted);
// A resourceVersion that is not there yet, in the words that make a client list again.
std::unexpected<Failure> too_large_version(std::uint64_t asked, std::uint64_t current);
// Of what may be done later.
std::unexpected<Failure> too_many_requests(std::string message);
std::unexpected<Failure> unavailable(std::string message);
// What the store says where no better word is known.
std::unexpected<Failure> of_store(const Error& error);

nlohmann::json to_json(const Failure& failure);
Response to_response(const Failure& failure);
Response to_response(int status, const nlohmann::json& body);

}  // namespace doorward::rest
