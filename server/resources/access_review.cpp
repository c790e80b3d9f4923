#include "server/resources/access_review.hpp"

#include "policies/addresses.hpp"
#include "policies/explain.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/address_space.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "store/model/names.hpp"

#include <iterator>
#include <utility>

namespace doorward::resources {

using nlohmann::json;
using namespace shape;

namespace {

json refusal(std::string reason) {
  return {{"allowed", false}, {"reason", std::move(reason)}, {"delegates", json::array()}};
}

json status_of(const Explanation& explanation) {
  json status{{"allowed", explanation.allowed()}, {"delegates", json::array()}};
  for (const auto& reading : explanation.readings) {
    json entry{
        {"delegate", to_string(reading.delegate)}, {"allowed", reading.allowed}, {"reason", reading.reason}};
    if (reading.rule) entry["rule"] = "spec.authorization[" + std::to_string(*reading.rule) + "]";
    if (!reading.entry.empty()) entry["entry"] = reading.entry;
    status["delegates"].push_back(std::move(entry));
  }
  status["reason"] = !explanation.delegates_agree()
                         ? std::string("delegates differ: see what each makes of the rule")
                         : explanation.readings.front().reason;
  if (!explanation.warnings.empty()) status["warnings"] = explanation.warnings;
  return status;
}

struct Question {
  std::string space, username, address;
  Operation operation;
};

json answer(const Store& store, const std::string& ns, const Question& question) {
  const std::string space_text = "AddressSpace " + ns + "/" + question.space;
  const auto space = store.get({std::string(store_kind::address_spaces), ns, question.space});
  if (!space) return refusal(space_text + " does not exist");
  const json document = json::parse(space->document, nullptr, false);
  if (text_at(document, {"status", "authenticationService", "type"}) == to_string(ServiceType::none)) {
    json status{{"allowed", true},
                {"reason", "the authentication service of " + space_text +
                               " is of type none, which lets everybody do everything"},
                {"delegates", json::array()}};
    return status;
  }
  const auto realm = realm_service_of(document, {ns, question.space});
  if (!realm) return refusal(space_text + " has no realm: see its status");
  const auto user = store.find_user(realm->realm.text(), question.username, Patience::some_seconds);
  if (!user)
    return refusal(user.error().code == ErrorCode::not_found
                       ? "no user " + quoted(question.username, 256) + " logs in to the realm " +
                             quoted(realm->realm.text(), 256) + " of " + space_text
                       : user.error().message);
  return status_of(explain((*user)->authorization, question.operation, question.address));
}

}  // namespace

const Schema& access_review_schema() {
  static const Schema schema = resource(
      "Whether a user may do something at an address, and why.",
      object({
          {"addressSpace", string("In the namespace of the request."), required},
          {"username", string("The name that the user logs in with."), required},
          {"operation", one_of({"send", "recv", "view", "manage"}), required},
          {"address", string("As it is: a `*` in it is that character. For send and recv.")},
      }),
      object({
          {"allowed", boolean("By every delegate.")},
          {"reason", string()},
          {"delegates", array(object({{"delegate", string("router or broker")},
                                      {"allowed", boolean()},
                                      {"rule", string("The entry of spec.authorization that decided.")},
                                      {"entry", string("Its address that decided.")},
                                      {"reason", string()}}))},
          {"warnings", array(string())},
      }));
  return schema;
}

std::expected<json, FieldErrors> review_address_access(const Store& store, const std::string& ns,
                                                       json review) {
  // The schema of a resource asks for a name, which a review needs none of.
  json named = review;
  if (named.is_object()) named["metadata"] = {{"name", "review"}};
  FieldErrors errors = check(access_review_schema(), named);
  const std::string name = text_at(review, {"spec", "operation"});
  const auto operation = parse_operation(name);
  Question question{.space = text_at(review, {"spec", "addressSpace"}),
                    .username = text_at(review, {"spec", "username"}),
                    .address = text_at(review, {"spec", "address"}),
                    .operation = operation.value_or(Operation::send)};
  const bool needs_address = name == "send" || name == "recv";
  if (needs_address && question.address.empty()) {
    errors.push_back({FieldError::Type::required, "spec.address", "is required for send and recv"});
  } else if (question.address.size() > max_address_bytes) {
    errors.push_back({FieldError::Type::invalid, "spec.address",
                      "has " + std::to_string(question.address.size()) + " bytes: ask for an address of " +
                          std::to_string(max_address_bytes) + " at most, as rules name"});
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  review["status"] = answer(store, ns, question);
  return review;
}

}  // namespace doorward::resources
