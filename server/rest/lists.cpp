#include "server/rest/lists.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/rest/list_pieces.hpp"
#include "server/rest/wire/selectors.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

// Reads on until as many objects match as are wanted.
class Matching {
 public:
  Matching(const Store& store, const resources::Kind& kind, ListRange range, Selectors selectors)
      : store_(store), kind_(kind), range_(std::move(range)), selectors_(std::move(selectors)) {}

  // At most `limit` objects; fewer at the end, and where they are large.
  Reply<std::vector<json>> next(std::size_t limit) {
    std::vector<json> found;
    std::size_t bytes = 0;
    const auto is_full = [&] { return found.size() == limit || bytes >= Lists::piece_bytes; };
    while (!is_full() && more_) {
      range_.limit = selectors_.empty() ? limit - found.size() : Lists::piece;
      auto list = store_.list(range_);
      if (!list) return of_store(list.error());
      range_.at = list->version;
      more_ = list->more;
      for (const StoredObject& object : list->objects) {
        if (is_full()) {  // what was read beyond it is read again
          more_ = true;
          break;
        }
        range_.after = {object.key.ns, object.key.name};
        json shown = view(kind_, object);
        if (!selectors_.matches(shown)) continue;
        bytes += object.document.size();
        found.push_back(std::move(shown));
      }
    }
    return found;
  }

  bool more() const { return more_; }
  const ListRange& range() const { return range_; }

 private:
  const Store& store_;
  const resources::Kind& kind_;
  ListRange range_;
  Selectors selectors_;
  bool more_ = true;
};

// What is left of a list of which the first piece is made.
class ListStream final : public Stream {
 public:
  ListStream(std::string first, Matching rest, ListText text)
      : first_(std::move(first)), rest_(std::move(rest)), text_(std::move(text)) {}

  std::optional<std::string> next(std::chrono::steady_clock::time_point) override {
    if (!first_.empty()) return std::exchange(first_, {});
    if (stopped_ || ended_) return std::nullopt;
    if (!rest_.more()) {
      ended_ = true;
      return text_.end();
    }
    auto objects = rest_.next(Lists::piece);
    if (!objects) {  // the text ends in its middle, which every client takes for a failure
      ended_ = true;
      return std::nullopt;
    }
    std::string piece;
    for (const json& object : *objects) piece += text_.item(object);
    return piece;
  }
  void stop() override { stopped_ = true; }

 private:
  std::string first_;
  Matching rest_;
  ListText text_;
  std::atomic<bool> stopped_ = false;
  bool ended_ = false;
};

// Everything that the pages of one list have in common.
std::string scope_of(const Call& call) {
  return std::string(call.kind->store_kind) + "\n" + call.ns + "\n" +
         std::string(call.query.text("labelSelector")) + "\n" + std::string(call.query.text("fieldSelector"));
}

}  // namespace

Response object_response(const Call& call, int status, const json& object) {
  switch (wanted_form(call.request.accept)) {
    case Form::table: {
      const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      json rows =
          json::array({table_row(*call.kind, object, include_object(call.query.text("includeObject")), now)});
      return to_response(status, table(*call.kind, std::move(rows),
                                       resources::text_at(object, {"metadata", "resourceVersion"})));
    }
    case Form::metadata:
      return to_response(status, metadata_only(object));
    case Form::object:
      break;
  }
  return to_response(status, object);
}

Reply<Response> Lists::get(const Call& call) const {
  const auto object = store_.get(call.key());
  if (!object && object.error().code == ErrorCode::not_found) return not_found(*call.kind, call.name);
  if (!object) return of_store(object.error());
  return object_response(call, 200, view(*call.kind, *object));
}

Reply<Response> Lists::list(const Call& call) const {
  auto selectors =
      Selectors::parse(*call.kind, call.query.text("labelSelector"), call.query.text("fieldSelector"));
  if (!selectors) return std::unexpected(std::move(selectors.error()));
  const auto limit = call.query.number("limit", 0);
  if (!limit) return std::unexpected(limit.error());
  const auto version = call.query.number("resourceVersion", 0);
  if (!version) return std::unexpected(version.error());
  const std::string_view match = call.query.text("resourceVersionMatch");
  if (!match.empty() && match != "Exact" && match != "NotOlderThan")
    return bad_request("resourceVersionMatch must be Exact or NotOlderThan");

  ListRange range{.kind = std::string(call.kind->store_kind)};
  if (!call.ns.empty()) range.ns = call.ns;
  const std::string_view token = call.query.text("continue");
  if (!token.empty()) {
    const auto at = tokens_.read(token, scope_of(call));
    if (!at) return bad_request("continue key is not valid: list again without it");
    range.at = at->version;
    range.after = {at->ns, at->name};
  } else if (*version > 0) {
    const auto current = store_.version();
    if (!current) return of_store(current.error());
    if (*version > *current) return too_large_version(*version, *current);
    if (match == "Exact") range.at = *version;
  }

  const Form form = wanted_form(call.request.accept);
  Matching matching(store_, *call.kind, std::move(range), std::move(*selectors));
  const std::size_t wanted =
      *limit == 0 ? piece : static_cast<std::size_t>(std::min<std::uint64_t>(*limit, piece));
  auto objects = matching.next(wanted);
  if (!objects) return std::unexpected(std::move(objects.error()));

  std::string next;
  if (matching.more() && *limit != 0) {
    const auto& [ns, name] = *matching.range().after;
    next = tokens_.make({*matching.range().at, ns, name}, scope_of(call));
  }
  ListText text(*call.kind, form, include_object(call.query.text("includeObject")));
  std::string body = text.begin(*matching.range().at, next);
  for (const json& object : *objects) body += text.item(object);
  if (!matching.more() || *limit != 0) return Response{.body = body + text.end()};
  return Response{.stream =
                      std::make_shared<ListStream>(std::move(body), std::move(matching), std::move(text))};
}

Response Lists::list_of(const Call& call, const resources::Kind& kind, std::vector<json> objects,
                        ResourceVersion version) {
  ListText text(kind, wanted_form(call.request.accept), include_object(call.query.text("includeObject")));
  std::string body = text.begin(version, "");
  for (const json& object : objects) body += text.item(object);
  return {.body = body + text.end()};
}

}  // namespace doorward::rest
