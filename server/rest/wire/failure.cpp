#include "server/rest/wire/failure.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;
using resources::FieldError;
using resources::Kind;

namespace {

std::string resource_of(const Kind& kind) { return std::string(kind.store_kind); }

std::unexpected<Failure> about(const Kind& kind, std::string_view name, int code, std::string reason,
                               std::string message) {
  return std::unexpected(Failure{code, std::move(reason), std::move(message), std::string(kind.group),
                                 std::string(kind.plural()), std::string(name)});
}

std::string_view cause_reason(FieldError::Type type) {
  switch (type) {
    case FieldError::Type::required:
      return "FieldValueRequired";
    case FieldError::Type::not_supported:
      return "FieldValueNotSupported";
    case FieldError::Type::duplicate:
      return "FieldValueDuplicate";
    case FieldError::Type::type_invalid:
      return "FieldValueTypeInvalid";
    case FieldError::Type::too_long:
      return "FieldValueTooLong";
    case FieldError::Type::forbidden:
      return "FieldValueForbidden";
    case FieldError::Type::invalid:
    case FieldError::Type::unknown:
      break;
  }
  return "FieldValueInvalid";
}

}  // namespace

std::unexpected<Failure> bad_request(std::string message) {
  return std::unexpected(Failure{400, "BadRequest", std::move(message)});
}

std::unexpected<Failure> forbidden(const rbac::Caller& caller, const rbac::Access& access,
                                   std::string_view reason) {
  Failure failure{403,
                  "Forbidden",
                  {},
                  std::string(access.group),
                  std::string(access.resource),
                  std::string(access.name)};
  const std::string who = "User " + quoted(caller.username, 256) + " cannot " + std::string(access.verb);
  if (!access.path.empty()) {
    failure.message = "forbidden: " + who + " path " + quoted(access.path, 256);
  } else {
    const std::string group = access.group.empty() ? "" : "." + std::string(access.group);
    const std::string sub = access.subresource.empty() ? "" : "/" + std::string(access.subresource);
    failure.message =
        std::string(access.resource) + group +
        (access.name.empty() ? " is" : " " + quoted(access.name, 256) + " is") + " forbidden: " + who +
        " resource " + quoted(std::string(access.resource) + sub, 256) + " in API group " +
        quoted(access.group) +
        (access.ns.empty() ? " at the cluster scope" : " in the namespace " + quoted(access.ns));
  }
  if (!reason.empty()) failure.message += ": " + std::string(reason);
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> not_found(const Kind& kind, std::string_view name) {
  return about(kind, name, 404, "NotFound", resource_of(kind) + " " + quoted(name, 256) + " not found");
}

std::unexpected<Failure> no_such_path() {
  return std::unexpected(Failure{404, "NotFound", "the server could not find the requested resource"});
}

std::unexpected<Failure> method_not_allowed() {
  return std::unexpected(
      Failure{405, "MethodNotAllowed", "the server does not allow this method on the requested resource"});
}

std::unexpected<Failure> already_exists(const Kind& kind, std::string_view name) {
  return about(kind, name, 409, "AlreadyExists",
               resource_of(kind) + " " + quoted(name, 256) + " already exists");
}

std::unexpected<Failure> conflict(const Kind& kind, std::string_view name, std::string_view why) {
  return about(kind, name, 409, "Conflict",
               "Operation cannot be fulfilled on " + resource_of(kind) + " " + quoted(name, 256) + ": " +
                   std::string(why));
}

std::unexpected<Failure> stale(const Kind& kind, std::string_view name) {
  return conflict(kind, name,
                  "the object has been modified; please apply your changes to the latest version and try "
                  "again");
}

std::unexpected<Failure> invalid(const Kind& kind, std::string_view name,
                                 const resources::FieldErrors& errors) {
  Failure failure{422, "Invalid", {}, std::string(kind.group), std::string(kind.name), std::string(name)};
  failure.message =
      std::string(kind.name) + "." + std::string(kind.group) + " " + quoted(name, 256) + " is invalid: ";
  if (errors.size() > 1) failure.message += "[";
  for (std::size_t i = 0; i < errors.size(); ++i) {
    failure.causes.push_back({std::string(cause_reason(errors[i].type)), errors[i].message, errors[i].field});
    failure.message += (i == 0 ? "" : ", ") + errors[i].field + ": " + errors[i].message;
  }
  if (errors.more() > 0) failure.message += ", and " + std::to_string(errors.more()) + " more";
  if (errors.size() > 1) failure.message += "]";
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> unprocessable(std::string message) {
  return std::unexpected(Failure{422, "Invalid", std::move(message)});
}

std::unexpected<Failure> expired(std::string message) {
  return std::unexpected(Failure{410, "Expired", std::move(message)});
}

std::unexpected<Failure> unsupported_media_type(std::string_view accepted) {
  return std::unexpected(Failure{415, "UnsupportedMediaType",
                                 "the body of the request was in an unknown format - accepted media types "
                                 "include: " +
                                     std::string(accepted)});
}

std::unexpected<Failure> too_large_version(std::uint64_t asked, std::uint64_t current) {
  Failure failure{
      504, "Timeout",
      "Too large resource version: " + std::to_string(asked) + ", current: " + std::to_string(current)};
  failure.causes.push_back({"ResourceVersionTooLarge", "Too large resource version", {}});
  failure.retry_after = 1;
  return std::unexpected(std::move(failure));
}

std::unexpected<Failure> too_many_requests(std::string message) {
  return std::unexpected(
      Failure{.code = 429, .reason = "TooManyRequests", .message = std::move(message), .retry_after = 1});
}

std::unexpected<Failure> unavailable(std::string message) {
  return std::unexpected(
      Failure{.code = 503, .reason = "ServiceUnavailable", .message = std::move(message), .retry_after = 1});
}

std::unexpected<Failure> of_store(const Error& error) {
  switch (error.code) {
    case ErrorCode::expired:
      return expired(error.message);
    case ErrorCode::unavailable:
      return unavailable(error.message);
    case ErrorCode::invalid:
      return bad_request(error.message);
    default:
      return std::unexpected(Failure{500, "InternalError", "Internal error occurred: " + error.message});
  }
}

json to_json(const Failure& failure) {
  json status{{"kind", "Status"},    {"apiVersion", "v1"},         {"metadata", json::object()},
              {"status", "Failure"}, {"message", failure.message}, {"reason", failure.reason},
              {"code", failure.code}};
  json details = json::object();
  if (!failure.name.empty()) details["name"] = failure.name;
  if (!failure.group.empty()) details["group"] = failure.group;
  if (!failure.kind.empty()) details["kind"] = failure.kind;
  for (const Cause& cause : failure.causes) {
    json entry{{"reason", cause.reason}, {"message", cause.message}};
    if (!cause.field.empty()) entry["field"] = cause.field;
    details["causes"].push_back(std::move(entry));
  }
  if (failure.retry_after > 0) details["retryAfterSeconds"] = failure.retry_after;
  if (!details.empty()) status["details"] = std::move(details);
  return status;
}

Response to_response(int status, const json& body) {
  return {.status = status, .body = resources::to_text(body) + "\n"};
}

Response to_response(const Failure& failure) {
  Response response = to_response(failure.code, to_json(failure));
  if (failure.retry_after > 0)
    response.headers.emplace_back("Retry-After", std::to_string(failure.retry_after));
  return response;
}

}  // namespace doorward::rest
