#include "server/telemetry/space_report.hpp"

#include "server/ops/log.hpp"
#include "server/resources/catalogue.hpp"
#include "server/resources/json_access.hpp"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;
using resources::text_at;

// Of lines for one state of the store; a log is no place for ten thousand of them.
constexpr std::size_t max_lines = 200;

std::string example(const std::string& ns, const std::string& type, const std::string& plan) {
  return "{apiVersion: enmasse.io/v1beta1, kind: AddressSpace, metadata: {namespace: " + ns +
         ", name: myspace}, spec: {type: " + type + ", plan: " + plan + "}}";
}

std::string joined_messages(const json& status) {
  std::string text;
  for (const json& message : status.value("messages", json::array())) {
    if (message.is_string()) text += (text.empty() ? "" : "; ") + message.get_ref<const std::string&>();
  }
  return text;
}

}  // namespace

// With a plan that there is, so that what is copied works.
void SpaceReport::tell_how_to_begin(const Store& store) const {
  constexpr std::string_view event =
      "no address space, so nobody can log in: apply one, for example with --resources";
  const auto plans = store.list({.kind = std::string(resources::store_kind::address_space_plans)});
  for (const StoredObject& plan : plans ? plans->objects : std::vector<StoredObject>()) {
    const json document = json::parse(plan.document, nullptr, false);
    if (text_at(document, {"status", "phase"}) != "Active") continue;
    const std::string ns = plan.key.ns == infra_namespace_ ? "default" : plan.key.ns;
    log::warning(event,
                 {{"example", example(ns, text_at(document, {"spec", "addressSpaceType"}), plan.key.name)}});
    return;
  }
  log::warning(event, {{"example", example("default", "standard", "small")},
                       {"plan",
                        "there is none yet: without an AddressSpacePlan of that name the space is not ready, "
                        "but logins work, without limits"}});
}

void SpaceReport::tell(const Store& store) {
  const auto spaces = store.list({.kind = std::string(resources::store_kind::address_spaces)});
  if (!spaces) {
    log::warning("address spaces cannot be listed", {{"reason", spaces.error().message}});
    return;
  }
  if (spaces->objects.empty()) tell_how_to_begin(store);
  std::map<std::string, Told> current;
  std::size_t lines = 0;
  for (const StoredObject& space : spaces->objects) {
    const json document = json::parse(space.document, nullptr, false);
    const json* status = resources::find_at(document, {"status"});
    if (status == nullptr || !status->is_object()) continue;
    const std::string name = space.key.ns + "/" + space.key.name;
    const Told& now = current[name] = {status->value("isReady", false), joined_messages(*status)};
    const auto before = told_.find(name);
    const Told& known = before == told_.end() ? Told{} : before->second;
    if (now == known || ++lines > max_lines) continue;
    if (!now.ready) {
      log::warning("address space is not ready", {{"space", name}, {"message", now.messages}});
    } else if (!known.ready) {
      log::info("address space is ready", {{"space", name}, {"message", now.messages}});
    } else if (!now.messages.empty()) {
      log::info("address space", {{"space", name}, {"message", now.messages}});
    }
  }
  if (lines > max_lines) log::warning("more address spaces have messages than are shown here");
  told_ = std::move(current);
}

}  // namespace doorward
