#include "server/resources/apply.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/findings.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/kinds/uid.hpp"
#include "server/resources/manifest.hpp"
#include "server/resources/prepare.hpp"
#include "server/resources/reconcile.hpp"
#include "server/resources/workspace.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <utility>
#include <variant>

namespace doorward::resources {

using nlohmann::json;

namespace {

constexpr int max_attempts = 5;

// Whether it is of an object that nobody applied.
bool is_computed(const Write& write) {
  const auto* put = std::get_if<Put>(&write);
  return put != nullptr && find_kind(put->object.key.kind)->computed;
}

// Another writer came between reading and committing.
struct Overtaken {};

// More is held back than before, and what follows from the rest is another matter.
struct HoldsMore {};

// What an attempt came to.
using Outcome = std::variant<ApplyReport, ApplyRefusal, Overtaken, HoldsMore>;

// What the passwords of the manifests became, for the attempts that follow.
using DerivedPasswords = std::map<ObjectKey, DerivedPassword>;

bool is_owned(const Workspace::Object& object, std::string_view owner) {
  return text_at(object.document, {"metadata", "labels", owner_label}) == owner;
}

// One attempt to apply valid manifests, on a fresh view of the store.
class Attempt {
 public:
  // `turn` is taken for the commit where it is not held yet.
  Attempt(Store& store, const Manifests& input, const ApplyOptions& options, DerivedPasswords& derived,
          HeldBack& held, WriteTurns::Turn& turn)
      : store_(store),
        input_(input),
        options_(options),
        derived_(derived),
        held_(held),
        turn_(turn),
        workspace_(store),
        findings_(workspace_, held, input.faults) {}

  Outcome run() {
    put();
    if (options_.stop.stop_requested()) return ApplyRefusal{.faults = {}, .retry = true};
    if (options_.prune) prune();
    findings_.judge(reconcile(workspace_, options_.settings, now_));
    if (workspace_.error()) return findings_.refusal(*workspace_.error());
    if (findings_.any_fault()) return findings_.refusal(false);
    if (findings_.hold_more()) return HoldsMore{};

    const auto writes = workspace_.writes(now_);
    if (!writes) return findings_.refusal(writes.error());
    if (!writes->empty()) {
      // What follows from objects that are only read holds as long as nobody writes: all writers take turns
      // from here to the commit.
      if (options_.turns != nullptr && !turn_.owns_lock()) turn_ = options_.turns->take();
      if (store_.version() != read_at_) return Overtaken{};
      const auto committed = store_.commit(*writes);
      if (!committed && overtaken(committed.error())) return Overtaken{};
      if (!committed && findings_.hold_for(committed.error())) return HoldsMore{};
      if (!committed) return findings_.refusal(committed.error());
    }
    return report(*writes);
  }

 private:
  // Whether the store's refusal comes from a write of somebody else since it was read. A name that is taken
  // for good is answered with the same error as one that was created meanwhile.
  bool overtaken(const Error& error) const {
    if (error.code == ErrorCode::conflict) return true;
    return error.code == ErrorCode::already_exists && store_.version() != read_at_;
  }

  void put() {
    Settings settings = options_.settings;
    // Nothing will be written: what is still looked for is faults, and new credentials would be for nothing.
    if (findings_.any_fault()) settings.user.hashes.clear();
    for (const auto& manifest : input_.manifests) {
      // Each may take PBKDF2 for a password: whoever ends the process need not wait for a thousand of them.
      if (options_.stop.stop_requested()) return;
      manifests_.emplace(manifest.key, &manifest);
      findings_.add(manifest);
      if (!manifest.valid || held_.contains(manifest.key)) continue;
      json value = manifest.document.value;
      value["metadata"]["labels"][owner_label] = options_.owner;
      DerivedPassword none;
      const bool has_one = find_at(value, {"spec", "authentication", "password"}) != nullptr;
      for (auto& error :
           prepare(workspace_, *manifest.kind, value, settings, has_one ? derived_[manifest.key] : none))
        findings_.put_failed(manifest, std::move(error), read_at_ && *read_at_ > 0);
      redact(*manifest.kind, value);
    }
  }

  void prune() {
    std::set<ObjectKey> kept;
    for (const auto& [key, manifest] : manifests_) kept.insert(key);
    for (const Kind& kind : kinds()) {
      for (const auto* object : workspace_.all_containing(kind.store_kind, owner_label)) {
        if (!is_owned(*object, options_.owner) || kept.contains(object->key) || held_.contains(object->key))
          continue;
        const Members gone = prepare_removal(workspace_, object->key, kept);
        if (!gone.empty()) removals_.push_back(object_text(kind, object->key) + ": " + gone.warning());
      }
    }
  }

  ApplyReport report(const std::vector<Write>& writes) {
    ApplyReport report{.remarks = input_.remarks, .changes = changes_of(workspace_, writes)};
    std::ranges::move(removals_, std::back_inserter(report.remarks));
    std::set<ObjectKey> written;
    for (const auto& write : writes) {
      if (is_computed(write)) continue;
      if (const auto* removed = std::get_if<Delete>(&write)) {
        ++report.deleted;
        written.insert(removed->key);
        continue;
      }
      const auto& put = std::get<Put>(write);
      if (!written.insert(put.object.key).second) continue;
      ++(put.expected == 0 ? report.created : report.changed);
      for (const auto& warning : warnings_of(put))
        report.remarks.push_back(object_text(*find_kind(put.object.key.kind), put.object.key) + ": " +
                                 warning);
    }
    report.waiting = waiting_users();
    report.unchanged =
        static_cast<std::size_t>(std::ranges::count_if(input_.manifests, [&](const Manifest& manifest) {
          return !written.contains(manifest.key) && !held_.contains(manifest.key);
        }));
    const auto reasons = held_ | std::views::values;
    report.held_back = in_order({reasons.begin(), reasons.end()});
    return report;
  }

  // What may not mean what it seems to, of what was written.
  std::vector<std::string> warnings_of(const Put& put) {
    if (put.login && *put.login) return messaging_user_warnings(**put.login);
    const auto* object = workspace_.find(put.object.key);
    if (object == nullptr || object->kind->warnings == nullptr) return {};
    return object->kind->warnings(object->document);
  }

  // A line for each thing that users wait for: their address space, or room in it.
  std::vector<std::string> waiting_users() {
    struct Waiting {
      std::string first;  // user
      std::string what_to_do;
      std::size_t users = 0;
    };
    std::map<std::string, Waiting> by_reason;
    for (const auto& [key, manifest] : manifests_) {
      if (key.kind != store_kind::messaging_users) continue;
      const auto* user = workspace_.find(key);
      if (user == nullptr || text_at(user->document, {"status", "phase"}) != "Pending") continue;
      auto& waiting = by_reason[text_at(user->document, {"status", "message"})];
      if (waiting.users++ == 0) waiting = {object_text(*user->kind, key), what_to_do(key), 1};
    }
    std::vector<std::string> lines;
    for (const auto& [reason, waiting] : by_reason) {
      const std::string others =
          waiting.users == 1 ? "" : " (and " + std::to_string(waiting.users - 1) + " more)";
      lines.push_back(waiting.first + others + ": " + reason + waiting.what_to_do);
    }
    return lines;
  }

  // Where its address space is missing, which the user's own names say: another reason says it by itself.
  std::string what_to_do(const ObjectKey& user) {
    const ObjectKey space{std::string(store_kind::address_spaces), user.ns,
                          std::string(address_space_of(user.name))};
    if (workspace_.find(space) != nullptr) return {};
    return ". Apply it, or correct metadata.namespace, which is " + quoted(user.ns) +
           ", or metadata.name, which is SPACE.USER";
  }

  Store& store_;
  const Manifests& input_;
  const ApplyOptions& options_;
  DerivedPasswords& derived_;
  HeldBack& held_;
  WriteTurns::Turn& turn_;
  const Result<ResourceVersion> read_at_ = store_.version();
  Workspace workspace_;
  const std::string now_ =
      rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  std::map<ObjectKey, const Manifest*> manifests_;
  Findings findings_;
  std::vector<std::string> removals_;  // remarks on what goes with address spaces
};

}  // namespace

Result<bool> owns_anything(const Store& store, std::string_view owner) {
  Workspace workspace(store);
  const bool found = std::ranges::any_of(kinds(), [&](const Kind& kind) {
    return std::ranges::any_of(workspace.all_containing(kind.store_kind, owner_label),
                               [&](const auto* object) { return is_owned(*object, owner); });
  });
  if (workspace.error()) return std::unexpected(*workspace.error());
  return found;
}

std::expected<ApplyReport, ApplyRefusal> apply(Store& store, Reading reading, const ApplyOptions& options) {
  Manifests input = identify(std::move(reading.documents), options.settings);
  std::ranges::move(reading.faults, std::back_inserter(input.faults));

  std::expected<ApplyReport, ApplyRefusal> result = std::unexpected(
      ApplyRefusal{{{{}, 0, {}, {}, "others kept changing the same objects: nothing was applied"}}, true});
  DerivedPasswords derived;
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    // The last one holds the turn from its beginning, so that a stream of other writes cannot keep it out. It
    // derives the passwords of those users alone that these have changed since the attempt before.
    WriteTurns::Turn turn;
    if (options.turns != nullptr && attempt + 1 == max_attempts) turn = options.turns->take();
    HeldBack held;
    Outcome outcome = HoldsMore{};
    while (std::holds_alternative<HoldsMore>(outcome))
      outcome = Attempt(store, input, options, derived, held, turn).run();
    if (std::holds_alternative<Overtaken>(outcome)) continue;
    if (auto* report = std::get_if<ApplyReport>(&outcome)) {
      result = std::move(*report);
    } else {
      result = std::unexpected(std::move(std::get<ApplyRefusal>(outcome)));
    }
    break;
  }
  for (auto& manifest : input.manifests) redact(*manifest.kind, manifest.document.value);
  return result;
}

}  // namespace doorward::resources
