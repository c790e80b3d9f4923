#include "server/resources/kinds/address.hpp"

#include "policies/addresses.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "store/model/names.hpp"

namespace doorward::resources {

using nlohmann::json;
using namespace shape;
using Type = FieldError::Type;

namespace {

Schema forwarder() {
  return object({
      {"name", string(), required},
      {"remoteAddress", string(), required},
      {"direction", one_of({"in", "out"}), required},
  });
}

Schema status() {
  return object({
      {"isReady", boolean("Whether the address space and the plans are there and allow it.")},
      {"phase", string("Active, or Pending with the reasons in messages.")},
      {"messages", array(string())},
      {"brokerStatuses", array(any())},
      {"forwarders", array(any())},
      {"messageRedelivery", any()},
      {"messageTtl", any()},
      {"planStatus", any()},
      {"subscriptions", array(any())},
  });
}

}  // namespace

const Schema& address_schema() {
  static const Schema schema =
      resource("A queue, topic or the like of an address space.",
               object({
                   {"address", string("What clients send to and receive from."), required},
                   {"type", one_of({"queue", "topic", "subscription", "anycast", "multicast", "deadletter"}),
                    required},
                   {"plan", string("The AddressPlan to apply."), required},
                   {"topic", string("The topic of a subscription.")},
                   {"subscription", string()},
                   {"deadletter", string("Where messages go that nobody could take.")},
                   {"expiry", string("Where messages go whose time is over.")},
                   {"forwarders", array(forwarder())},
                   {"messageTtl", object({{"maximum", integer()}, {"minimum", integer()}})},
                   {"messageRedelivery", object({
                                             {"maximumDeliveryAttempts", integer()},
                                             {"maximumDeliveryDelay", integer()},
                                             {"redeliveryDelay", integer()},
                                             {"redeliveryDelayMultiplier", number()},
                                         })},
               }),
               status());
  return schema;
}

FieldErrors validate_address(const json& object) {
  FieldErrors errors;
  const std::string name = text_at(object, {"metadata", "name"});
  if (!name.empty() &&
      (name.find('.') == std::string::npos || !is_address_space_name(address_space_of(name))))
    errors.push_back({Type::invalid, "metadata.name",
                      quoted(name) +
                          " does not name its address space: use ADDRESSSPACE.NAME, the address space in at "
                          "most 63 of a-z, 0-9 and '-', beginning with a letter"});
  if (const json* address = find_at(object, {"spec", "address"});
      address != nullptr && address->is_string()) {
    const auto& text = address->get_ref<const std::string&>();
    if (auto checked = check_address(text); !checked) {
      errors.push_back({Type::invalid, "spec.address", checked.error().message});
    } else if (text.find_first_of("*#+ ") != std::string::npos) {
      errors.push_back({Type::invalid, "spec.address",
                        quoted(text) + " is no single address: leave out '*', '#', '+' and spaces"});
    }
  }
  if (text_at(object, {"spec", "type"}) == "subscription" && text_at(object, {"spec", "topic"}).empty())
    errors.push_back({Type::required, "spec.topic", "name the address of the topic"});
  return errors;
}

json address_status(const std::vector<std::string>& messages) {
  if (messages.empty()) return {{"isReady", true}, {"phase", "Active"}};
  return {{"isReady", false}, {"phase", "Pending"}, {"messages", messages}};
}

Amounts amounts_at(const json& plan, std::string_view name) {
  Amounts amounts;
  const json* map = find_at(plan, {"spec", name});
  if (map == nullptr || !map->is_object()) return amounts;
  for (const auto& [key, value] : map->items()) {
    if (value.is_number()) amounts.emplace(key, value.get<double>());
  }
  return amounts;
}

}  // namespace doorward::resources
