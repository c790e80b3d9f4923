#include "server/telemetry/status_report.hpp"

#include "server/ops/log.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/each_object.hpp"
#include "server/resources/kinds/catalogue.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;
using resources::text_at;

// Of history, read at once.
constexpr std::size_t page = 256;

struct Reported {
  std::string_view kind;
  std::string_view field;  // that names the object in the line
  std::string_view not_ready, ready;
};
constexpr std::array reported = {
    Reported{resources::store_kind::address_spaces, "space", "address space is not ready",
             "address space is ready"},
    Reported{resources::store_kind::addresses, "address", "address is not ready", "address is ready"},
    Reported{resources::store_kind::messaging_users, "user", "user is not active", "user is active"},
};

struct Status {
  bool ready = true;  // so is what was not there: nobody waited for it
  std::string messages;
  bool operator==(const Status&) const = default;
};

// `status.messages` of spaces and addresses, `status.message` of users.
std::string messages_of(const json& document) {
  std::string text = text_at(document, {"status", "message"});
  const json* messages = resources::find_at(document, {"status", "messages"});
  for (const json& message : messages == nullptr ? json::array() : *messages) {
    if (message.is_string()) text += (text.empty() ? "" : "; ") + message.get_ref<const std::string&>();
  }
  return text;
}

Status status_of(const StoredObject& object) {
  const json document = resources::parse_only(object.document, "status");
  return {.ready = text_at(document, {"status", "phase"}) == "Active", .messages = messages_of(document)};
}

bool is_worth_a_line(const Reported& kind, const Status& before, const Status& now) {
  if (now.ready != before.ready) return true;
  // The reasons of many users may change at once, with a plan that is nearly full: they are in the status.
  if (kind.kind != resources::store_kind::address_spaces) return false;
  return now.messages != before.messages && !(now.ready && now.messages.empty());
}

std::string example(const std::string& ns, const std::string& type, const std::string& plan) {
  return "{apiVersion: enmasse.io/v1beta1, kind: AddressSpace, metadata: {namespace: " + ns +
         ", name: myspace}, spec: {type: " + type + ", plan: " + plan + "}}";
}

}  // namespace

// The lines of one look, as many as a log can take.
class StatusReport::Lines {
 public:
  void write(const Reported& kind, const ObjectKey& key, const Status& before, const Status& now) {
    if (!is_worth_a_line(kind, before, now) || ++count_ > max_lines) return;
    const std::string name = key.ns + "/" + key.name;
    const log::Fields fields = {{kind.field, name}, {"message", now.messages}};
    if (!now.ready) {
      log::warning(kind.not_ready, fields);
    } else if (!before.ready) {
      log::info(kind.ready, fields);
    } else {
      log::info("address space", fields);
    }
  }
  void end() const {
    if (count_ > max_lines)
      log::warning("more has changed its status than is shown here", {{"more", count_ - max_lines}});
  }

 private:
  std::size_t count_ = 0;
};

// With a plan that there is, so that what is copied works.
void StatusReport::tell_how_to_begin(const Store& store) const {
  const auto spaces = store.list({.kind = std::string(resources::store_kind::address_spaces), .limit = 1});
  if (!spaces || !spaces->objects.empty()) return;
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

void StatusReport::begin(const Store& store) {
  Lines lines;
  const auto version = resources::each_object(
      store, resources::store_kind::address_spaces,
      [&](const StoredObject& space) { lines.write(reported.front(), space.key, {}, status_of(space)); });
  lines.end();
  if (!version) {
    log::warning("address spaces cannot be listed", {{"reason", version.error().message}});
    return;
  }
  spaces_listed_ = *version;
  tell_how_to_begin(store);
}

void StatusReport::look(const Store& store, const std::stop_token& stop) {
  Lines lines;
  for (bool more = true; more;) {
    const auto changes = store.changes_after(told_, page);
    if (!changes && changes.error().code == ErrorCode::expired) go_on_after_a_gap(store);
    if (!changes) break;
    for (const Change& change : *changes) {
      if (stop.stop_requested()) break;
      tell(store, change, lines);
      told_ = change.version;
    }
    more = !changes->empty() && !stop.stop_requested();
  }
  lines.end();
}

void StatusReport::tell(const Store& store, const Change& change, Lines& lines) const {
  const auto* kind = std::ranges::find(reported, change.object.key.kind, &Reported::kind);
  if (kind == reported.end() || change.type == ChangeType::deleted) return;
  if (kind == reported.begin() && change.version <= spaces_listed_) return;
  Status before;
  if (change.type == ChangeType::modified) {
    if (const auto object = store.get_at(change.object.key, change.version - 1)) before = status_of(*object);
  }
  lines.write(*kind, change.object.key, before, status_of(change.object));
}

// More was written between two looks than the history keeps.
void StatusReport::go_on_after_a_gap(const Store& store) {
  const auto version = store.version();
  if (!version) return;
  log::warning("changes of status went by untold: the history was shorter than what was written at once");
  told_ = *version;
  begin(store);
}

}  // namespace doorward
