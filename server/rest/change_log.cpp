#include "server/rest/change_log.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/object_view.hpp"

#include <algorithm>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

const json& LoggedChange::object() const {
  std::call_once(object_made_, [this] {
    const auto* kind = resources::find_kind(change_.object.key.kind);
    if (kind == nullptr) return;
    object_ = view(*kind, change_.object);
    // A deletion shows the last object, at the version of the deletion.
    object_["metadata"]["resourceVersion"] = std::to_string(change_.version);
  });
  return object_;
}

const std::string& LoggedChange::text() const {
  std::call_once(text_made_, [this] { text_ = resources::to_text(object()); });
  return text_;
}

const json& LoggedChange::before(const Store& store) const {
  std::call_once(before_made_, [&] {
    if (change_.type == ChangeType::added) return;
    const auto* kind = resources::find_kind(change_.object.key.kind);
    if (kind == nullptr) return;
    if (auto object = store.get_at(change_.object.key, change_.version - 1)) before_ = view(*kind, *object);
  });
  return before_;
}

// Subscribed before anybody reads history, so that what is committed between a watch's reading and its
// waiting is here.
ChangeLog::ChangeLog(Store& store)
    : store_(store),
      subscription_(store.subscribe([this](std::span<const Change> changes) { take(changes); })) {}

void ChangeLog::take(std::span<const Change> changes) {
  {
    const std::lock_guard lock(mutex_);
    for (const Change& change : changes) {
      newest_.push_back(std::make_shared<const LoggedChange>(change));
      newest_bytes_ += newest_.back()->bytes();
      while (newest_.size() > kept || (newest_bytes_ > kept_bytes && newest_.size() > 1)) {
        newest_bytes_ -= newest_.front()->bytes();
        newest_.pop_front();
      }
    }
    if (!newest_.empty()) last_ = newest_.back()->version();
  }
  changed_.notify_all();
}

Result<LoggedChanges> ChangeLog::after(ResourceVersion version, std::size_t limit) const {
  LoggedChanges found;
  {
    const std::lock_guard lock(mutex_);
    if (last_ != 0 && version >= last_) return found;
    // Versions are one sequence without gaps: whoever has seen the one before the oldest here, or a newer
    // one, finds everything that follows here.
    if (!newest_.empty() && version + 1 >= newest_.front()->version()) {
      auto at =
          std::ranges::upper_bound(newest_, version, {}, [](const auto& one) { return one->version(); });
      for (; at != newest_.end() && found.size() < limit; ++at) found.push_back(*at);
      return found;
    }
  }
  auto changes = store_.changes_after(version, limit);
  if (!changes) return std::unexpected(std::move(changes.error()));
  for (Change& change : *changes) found.push_back(std::make_shared<const LoggedChange>(std::move(change)));
  return found;
}

void ChangeLog::wake() const {
  {
    const std::lock_guard lock(mutex_);
  }
  changed_.notify_all();
}

}  // namespace doorward::rest
