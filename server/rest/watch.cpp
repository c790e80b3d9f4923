#include "server/rest/watch.hpp"

#include "server/resources/document/json_access.hpp"

#include <algorithm>

namespace doorward::rest {

using nlohmann::json;

namespace {

// Of what is sent at once: bounds the memory of a watch.
constexpr std::size_t piece_bytes = 64u << 10;
constexpr std::size_t changes_at_once = 256;
constexpr std::size_t objects_at_once = 200;

}  // namespace

Watch::Watch(const Call& call, Selectors selectors, std::shared_ptr<const ChangeLog> log, Standing standing)
    : kind_(*call.kind),
      ns_(call.ns),
      name_(selectors.only_name()),
      selectors_(std::move(selectors)),
      form_(wanted_form(call.request.accept)),
      include_(include_object(call.query.text("includeObject"))),
      log_(std::move(log)),
      standing_(std::move(standing)) {}

Reply<Response> Watch::start(const Call& call, std::shared_ptr<const ChangeLog> log, Standing standing,
                             const WatchTimes& times) {
  const Query& query = call.query;
  std::string fields(query.text("fieldSelector"));
  if (!call.name.empty()) fields += (fields.empty() ? "metadata.name=" : ",metadata.name=") + call.name;
  auto selectors = Selectors::parse(*call.kind, query.text("labelSelector"), fields);
  if (!selectors) return std::unexpected(std::move(selectors.error()));
  const auto from = query.number("resourceVersion", 0);
  if (!from) return std::unexpected(from.error());
  const auto seconds = query.number("timeoutSeconds", 0);
  if (!seconds) return std::unexpected(seconds.error());
  const bool send_initial = query.flag("sendInitialEvents");
  if (query.find("sendInitialEvents") && query.text("resourceVersionMatch") != "NotOlderThan")
    return unprocessable("sendInitialEvents needs resourceVersionMatch=NotOlderThan");
  if (!query.find("sendInitialEvents") && query.find("resourceVersionMatch"))
    return unprocessable("resourceVersionMatch is for a watch with sendInitialEvents only");

  const Store& store = log->store();
  const auto current = store.version();
  if (!current) return of_store(current.error());
  if (*from > *current) return too_large_version(*from, *current);

  std::shared_ptr<Watch> watch(new Watch(call, std::move(*selectors), std::move(log), std::move(standing)));
  // Without a version a watch begins with what is there; so it does where the client asks for that.
  if (send_initial || (*from == 0 && !query.find("sendInitialEvents"))) {
    watch->seen_ = *current;
    watch->initial_ =
        ListRange{.kind = std::string(call.kind->store_kind), .limit = objects_at_once, .at = *current};
    if (!call.ns.empty()) watch->initial_->ns = call.ns;
    watch->bookmark_initial_ = send_initial;
  } else {
    watch->seen_ = *from == 0 ? *current : *from;
    if (const auto kept = store.changes_after(watch->seen_, 1); !kept) {
      if (kept.error().code == ErrorCode::expired)
        return expired("too old resource version: " + std::to_string(*from) + " (" + kept.error().message +
                       ")");
      return of_store(kept.error());
    }
  }
  watch->bookmarks_ = query.flag("allowWatchBookmarks");
  watch->bookmark_interval_ = times.bookmarks;
  const auto longest = std::chrono::duration_cast<std::chrono::seconds>(times.longest);
  const std::uint64_t most = static_cast<std::uint64_t>(longest.count());
  const Clock::time_point now = Clock::now();
  watch->end_ = now + (*seconds == 0 ? longest : std::chrono::seconds(std::min(*seconds, most)));
  watch->next_bookmark_ = now + times.bookmarks;
  return Response{.stream = std::move(watch)};
}

// Looks at the rights when the piece has been read: whatever came after they were taken away is in a piece
// that is not sent.
std::optional<std::string> Watch::next(Clock::time_point deadline) {
  auto piece = read(deadline);
  if (!piece) return std::nullopt;
  if (const auto status = standing_.lost()) {
    ended_ = true;
    piece->clear();
    add_status(*piece, *status);
  }
  return piece;
}

std::optional<std::string> Watch::read(Clock::time_point deadline) {
  std::string out;
  while (out.empty()) {
    if (stopped_ || ended_) return std::nullopt;
    if (initial_) {
      send_initial(out);
      continue;
    }
    send_changes(out);
    if (!out.empty()) break;
    const Clock::time_point now = Clock::now();
    if (now >= end_) {
      ended_ = true;
      // So that the client goes on from here and not from its last change, which may be long ago.
      if (bookmarks_ && bookmarked_ != seen_) add_bookmark(out, false);
      break;
    }
    if (bookmarks_ && now >= next_bookmark_) {
      next_bookmark_ = now + bookmark_interval_;
      if (bookmarked_ != seen_) add_bookmark(out, false);
      continue;
    }
    if (now >= deadline) return out;
    const Clock::time_point until = std::min({deadline, end_, bookmarks_ ? next_bookmark_ : end_});
    log_->wait(seen_, until, [this] { return stopped_.load(); });
  }
  if (out.empty()) return std::nullopt;
  return out;
}

void Watch::stop() {
  stopped_ = true;
  log_->wake();
}

bool Watch::concerns(const ObjectKey& key) const {
  return key.kind == kind_.store_kind && (ns_.empty() || key.ns == ns_) &&
         (name_.empty() || key.name == name_);
}

void Watch::send_initial(std::string& out) {
  while (initial_ && out.size() < piece_bytes) {
    const auto list = log_->store().list(*initial_);
    if (!list) return add_error(out, list.error());
    for (const StoredObject& object : list->objects) {
      if (!concerns(object.key)) continue;
      const json shown = view(kind_, object);
      if (selectors_.matches(shown)) add(out, "ADDED", shown);
    }
    if (list->more) {
      initial_->after = {list->objects.back().key.ns, list->objects.back().key.name};
    } else {
      initial_.reset();
      if (bookmark_initial_) add_bookmark(out, true);
    }
  }
}

void Watch::send_changes(std::string& out) {
  for (bool more = true; more && out.size() < piece_bytes;) {
    const auto changes = log_->after(seen_, changes_at_once);
    if (!changes) return add_error(out, changes.error());
    more = !changes->empty();  // large ones come fewer at a time
    for (const auto& change : *changes) {
      if (out.size() >= piece_bytes) return;
      if (concerns(change->change().object.key)) add_change(out, *change);
      seen_ = change->version();
    }
  }
}

// With a selector a change may bring an object in or take it out, which a client sees as ADDED and DELETED.
void Watch::add_change(std::string& out, const LoggedChange& logged) {
  const ChangeType type = logged.change().type;
  const bool matches = selectors_.matches(logged.object());
  if (type == ChangeType::deleted) {
    if (matches) add_now(out, "DELETED", logged);
    return;
  }
  if (type == ChangeType::added || !selectors_.may_change()) {
    if (matches) add_now(out, type == ChangeType::added ? "ADDED" : "MODIFIED", logged);
    return;
  }
  const json& before = logged.before(log_->store());
  const bool matched = !before.is_null() && selectors_.matches(before);
  if (matches) {
    add_now(out, matched ? "MODIFIED" : "ADDED", logged);
  } else if (matched) {
    json last = before;  // what the client knows, at the version that took it out
    last["metadata"]["resourceVersion"] = std::to_string(logged.version());
    add(out, "DELETED", last);
  }
}

void Watch::add_text(std::string& out, std::string_view type, std::string_view object) {
  out.append("{\"type\":\"").append(type).append("\",\"object\":").append(object).append("}\n");
}

// Its text is made once for all watches.
void Watch::add_now(std::string& out, std::string_view type, const LoggedChange& change) {
  if (form_ == Form::object) return add_text(out, type, change.text());
  add(out, type, change.object());
}

void Watch::add(std::string& out, std::string_view type, const json& object) {
  json event{{"type", type}};
  switch (form_) {
    case Form::object:
      return add_text(out, type, resources::to_text(object));
    case Form::metadata:
      event["object"] = metadata_only(object);
      break;
    case Form::table: {
      const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      const std::string version = resources::text_at(object, {"metadata", "resourceVersion"});
      event["object"] = table(kind_, json::array({table_row(kind_, object, include_, now)}), version);
      // Once is enough, and what kubectl expects of the tables that follow the first.
      if (std::exchange(columns_sent_, true)) event["object"]["columnDefinitions"] = nullptr;
      break;
    }
  }
  out += resources::to_text(event) + "\n";
}

void Watch::add_bookmark(std::string& out, bool initial_events_end) {
  json object{{"apiVersion", kind_.api_version()},
              {"kind", kind_.name},
              {"metadata", {{"resourceVersion", std::to_string(seen_)}, {"creationTimestamp", nullptr}}}};
  if (initial_events_end) object["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  if (form_ == Form::metadata) object = metadata_only(object);
  if (form_ == Form::table) {
    json row{{"cells", json::array()}, {"object", metadata_only(object)}};
    object = table(kind_, json::array({std::move(row)}), std::to_string(seen_));
    object["columnDefinitions"] = nullptr;
  }
  bookmarked_ = seen_;
  out += resources::to_text({{"type", "BOOKMARK"}, {"object", std::move(object)}}) + "\n";
}

void Watch::add_error(std::string& out, const Error& error) {
  ended_ = true;
  const Failure failure = error.code == ErrorCode::expired
                              ? expired("too old resource version: " + error.message).error()
                              : of_store(error).error();
  add_status(out, to_json(failure));
}

void Watch::add_status(std::string& out, const json& status) {
  out += resources::to_text({{"type", "ERROR"}, {"object", status}}) + "\n";
}

}  // namespace doorward::rest
