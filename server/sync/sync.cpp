#include "server/sync/sync.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/resources/prepare.hpp"
#include "server/sync/difference.hpp"
#include "server/sync/each_in_order.hpp"
#include "server/sync/object_list.hpp"
#include "server/sync/object_paths.hpp"
#include "server/sync/plain_object.hpp"
#include "server/sync/strangers.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <utility>
#include <variant>

namespace doorward::sync {

using nlohmann::json;
using resources::find_at;
using resources::Kind;
using resources::Manifest;
using resources::text_at;

namespace {

constexpr std::size_t max_set_bytes = 63;

std::string manager_of(const SyncOptions& options) { return "doorward-sync-" + options.set; }

bool belongs_to(const Manifest& manifest, const std::set<ObjectRef>& spaces) {
  const bool is_member = manifest.key.kind == resources::store_kind::messaging_users ||
                         manifest.key.kind == resources::store_kind::addresses;
  return is_member &&
         spaces.contains({manifest.key.ns, std::string(resources::address_space_of(manifest.key.name))});
}

// Another manager applied a field with another value: nothing that goes will change that.
bool is_of_managers(const ApiAnswer& answer) {
  const json* causes = find_at(answer.body, {"details", "causes"});
  return causes != nullptr && causes->is_array() && std::ranges::any_of(*causes, [](const json& one) {
           return text_at(one, {"reason"}) == "FieldManagerConflict";
         });
}

// What a person can do beside what the server says.
std::string failure_of(const ApiAnswer& answer, const SyncOptions& options) {
  std::string message = answer.message();
  if (!is_of_managers(answer)) return message;
  const SyncOptions unnamed;
  const bool synced_without_a_name =
      options.set != unnamed.set && message.find(quoted(manager_of(unnamed))) != std::string::npos;
  return message + (synced_without_a_name
                        ? ": to take over what was synced without --set, use --force-conflicts once"
                        : ": leave the field to whoever applied it, or take it over with --force-conflicts");
}

class Run {
 public:
  Run(const AskApi& ask, const SyncOptions& options, const std::function<void(const SyncEvent&)>& tell)
      : ask_(ask), options_(options), tell_(tell) {}

  Result<SyncReport> run(std::vector<Manifest>& manifests) {
    std::ranges::sort(manifests, {}, [](const Manifest& one) { return std::pair(rank(*one.kind), one.key); });
    std::vector<Manifest*> left;
    for (Manifest& manifest : manifests) left.push_back(&manifest);
    if (auto done = apply_all(left); !done) return std::unexpected(done.error());
    if (options_.prune) {
      if (auto done = prune(manifests, left); !done) return std::unexpected(done.error());
    }
    // What was in the way of an object may be gone by now: a name that another one had.
    while (!left.empty() && !options_.dry_run) {
      const std::size_t before = left.size();
      if (auto done = apply_all(left); !done) return std::unexpected(done.error());
      if (left.size() == before) break;
    }
    for (const Manifest* manifest : left)
      tell({Outcome::failed, name_of(*manifest), {}, conflicts_.at(manifest->key)});
    return std::move(report_);
  }

 private:
  static std::string name_of(const Manifest& manifest) { return object_text(*manifest.kind, manifest.key); }

  void tell(SyncEvent event) {
    switch (event.outcome) {
      case Outcome::unchanged:
        ++report_.unchanged;
        break;
      case Outcome::created:
        ++report_.created;
        break;
      case Outcome::changed:
        ++report_.changed;
        break;
      case Outcome::pruned:
        ++report_.pruned;
        break;
      case Outcome::failed:
        ++report_.failed;
        break;
    }
    tell_(event);
  }

  // Leaves those that are in conflict with something that may go.
  Result<> apply_all(std::vector<Manifest*>& manifests) {
    std::vector<Manifest*> left;
    const auto of_one_kind = [](const Manifest* a, const Manifest* b) { return a->kind == b->kind; };
    for (std::span<Manifest*> rest = manifests; !rest.empty();) {
      const auto other = std::ranges::adjacent_find(rest, std::not_fn(of_one_kind));
      const auto end = other == rest.end() ? other : std::next(other);
      if (auto done = apply_each(std::span(rest.begin(), end), left); !done) return done;
      rest = std::span(end, rest.end());
    }
    manifests = std::move(left);
    return {};
  }

  Result<> apply_each(std::span<Manifest*> manifests, std::vector<Manifest*>& left) {
    return each_in_order(
        manifests, options_.at_once, [this](const Manifest* manifest) { return apply(*manifest); },
        [&](Manifest* manifest, Result<Applied> applied) -> Result<> {
          if (!applied) return std::unexpected(applied.error());
          if (auto* event = std::get_if<SyncEvent>(&*applied)) {
            tell(std::move(*event));
          } else {
            conflicts_.insert_or_assign(manifest->key, std::get<Conflict>(std::move(*applied)).message);
            left.push_back(manifest);
          }
          return {};
        });
  }

  // As it goes to the server.
  json wanted(const Manifest& manifest) const {
    json object = plain_object(manifest.document.value);
    object["apiVersion"] = manifest.kind->api_version();
    object["metadata"]["name"] = manifest.key.name;
    if (manifest.kind->is_namespaced()) object["metadata"]["namespace"] = manifest.key.ns;
    object["metadata"]["labels"][set_label] = options_.set;
    return object;
  }

  // With something that may go.
  struct Conflict {
    std::string message;
  };
  using Applied = std::variant<SyncEvent, Conflict>;

  // Any thread.
  Result<Applied> apply(const Manifest& manifest) const {
    const std::string path = object_path(*manifest.kind, manifest.key);
    const auto before = ask_({.path = path});
    if (!before) return std::unexpected(before.error());
    const auto failed = [&](const ApiAnswer& answer) {
      return SyncEvent{Outcome::failed, name_of(manifest), {}, failure_of(answer, options_), answer.warnings};
    };
    if (!before->ok() && before->status != 404) return failed(*before);

    ApiRequest request{
        .method = "PATCH",
        .path = path + "?fieldValidation=Strict&fieldManager=" + percent_encode(manager_of(options_)) +
                (options_.force ? "&force=true" : "") + (options_.dry_run ? "&dryRun=All" : ""),
        .body = wanted(manifest),
        .content_type = "application/apply-patch+yaml"};
    auto after = ask_(request);
    resources::redact(*manifest.kind, request.body);
    if (!after) return std::unexpected(after.error());
    if (after->status == 409 && !is_of_managers(*after)) return Conflict{failure_of(*after, options_)};
    if (!after->ok()) return failed(*after);

    SyncEvent event{Outcome::unchanged, name_of(manifest), {}, {}, std::move(after->warnings)};
    const json was = before->ok() ? before->body : json();
    if (was.is_null()) {
      event.outcome = Outcome::created;
    } else if (options_.dry_run ? was != after->body
                                : text_at(was, {"metadata", "resourceVersion"}) !=
                                      text_at(after->body, {"metadata", "resourceVersion"})) {
      event.outcome = Outcome::changed;
    }
    if (options_.dry_run && event.outcome != Outcome::unchanged) event.lines = difference(was, after->body);
    return event;
  }

  // Those that depend on others first. What went with an address space and is in a manifest goes to `left`.
  Result<> prune(std::vector<Manifest>& manifests, std::vector<Manifest*>& left) {
    if (report_.failed > 0) {
      report_.remarks.emplace_back("nothing was pruned, since not everything could be applied");
      return {};
    }
    Strangers strangers(ask_, options_.set, manifests);
    std::set<ObjectRef> gone_spaces;
    for (const Kind* kind : kinds_in_order() | std::views::reverse) {
      const auto objects = strangers.of_kind(*kind);
      if (!objects) return std::unexpected(objects.error());
      for (const json& object : *objects) {
        const ObjectKey key = key_of(*kind, object);
        auto done = remove(*kind, key, object);
        if (!done) return done;
        if (key.kind == resources::store_kind::address_spaces) gone_spaces.insert({key.ns, key.name});
      }
    }
    std::ranges::move(strangers.remarks(), std::back_inserter(report_.remarks));
    if (options_.dry_run) return {};
    for (Manifest& manifest : manifests) {
      if (belongs_to(manifest, gone_spaces) && std::ranges::find(left, &manifest) == left.end())
        left.push_back(&manifest);
    }
    return {};
  }

  Result<> remove(const Kind& kind, const ObjectKey& key, const json& object) {
    const auto answer = ask_({.method = "DELETE",
                              .path = object_path(kind, key) + (options_.dry_run ? "?dryRun=All" : ""),
                              .body = {{"preconditions", {{"uid", text_at(object, {"metadata", "uid"})}}}}});
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 404) return {};
    SyncEvent event{Outcome::pruned, object_text(kind, key), {}, {}, answer->warnings};
    if (!answer->ok()) {
      event.outcome = Outcome::failed;
      event.message = failure_of(*answer, options_);
    } else if (options_.dry_run) {
      event.lines = difference(object, nullptr);
    }
    tell(std::move(event));
    return {};
  }

  const AskApi& ask_;
  const SyncOptions& options_;
  const std::function<void(const SyncEvent&)>& tell_;
  SyncReport report_;
  std::map<ObjectKey, std::string> conflicts_;  // why the server refused, as it said last
};

}  // namespace

Result<SyncReport> sync(const AskApi& ask, std::vector<Manifest> manifests, const SyncOptions& options,
                        const std::function<void(const SyncEvent&)>& tell) {
  auto report = Run(ask, options, tell).run(manifests);
  for (Manifest& manifest : manifests) resources::redact(*manifest.kind, manifest.document.value);
  return report;
}

bool is_set_name(std::string_view text) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= max_set_bytes && alphanumeric(text.front()) &&
         alphanumeric(text.back()) && std::ranges::all_of(text, [&](char c) {
           return alphanumeric(c) || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace doorward::sync
