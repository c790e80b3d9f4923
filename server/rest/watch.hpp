#pragma once
// A watch: every change of a collection from a version on, each once and in order, as lines of JSON. It holds
// no more than its place in the history and the piece that is being sent. It ends with the right to it:
// nothing that happened after the right was taken away is sent. Belongs to the thread that serves the
// connection; stop() may come from any.
#include "server/rest/call.hpp"
#include "server/rest/change_log.hpp"
#include "server/rest/object_view.hpp"
#include "server/rest/standing.hpp"
#include "server/rest/table.hpp"
#include "server/rest/wire/selectors.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace doorward::rest {

struct WatchTimes {
  std::chrono::milliseconds bookmarks{60'000};   // between two that nothing else asks for
  std::chrono::milliseconds longest{3'600'000};  // where the client names no time, or a longer one
};

class Watch final : public Stream {
 public:
  // Checks the request and makes the stream; the first event is not read yet.
  static Reply<Response> start(const Call& call, std::shared_ptr<const ChangeLog> log, Standing standing,
                               const WatchTimes& times = {});

  std::optional<std::string> next(std::chrono::steady_clock::time_point deadline) override;
  void stop() override;

 private:
  using Clock = std::chrono::steady_clock;

  Watch(const Call& call, Selectors selectors, std::shared_ptr<const ChangeLog> log, Standing standing);

  std::optional<std::string> read(Clock::time_point deadline);
  void send_initial(std::string& out);
  void send_changes(std::string& out);
  void add(std::string& out, std::string_view type, const nlohmann::json& object);
  void add_text(std::string& out, std::string_view type, std::string_view object);
  // The object after the change.
  void add_now(std::string& out, std::string_view type, const LoggedChange& change);
  void add_change(std::string& out, const LoggedChange& change);
  void add_bookmark(std::string& out, bool initial_events_end);
  void add_error(std::string& out, const Error& error);
  static void add_status(std::string& out, const nlohmann::json& status);
  bool concerns(const ObjectKey& key) const;

  const resources::Kind& kind_;
  const std::string ns_, name_;
  const Selectors selectors_;
  const Form form_;
  const IncludeObject include_;
  const std::shared_ptr<const ChangeLog> log_;
  Standing standing_;

  ResourceVersion seen_ = 0;  // everything up to it has been sent
  // While the initial state is being sent: how far, and as of `seen_`.
  std::optional<ListRange> initial_;
  bool bookmark_initial_ = false;
  bool bookmarks_ = false;
  bool columns_sent_ = false;
  ResourceVersion bookmarked_ = 0;
  Clock::duration bookmark_interval_{};
  Clock::time_point end_, next_bookmark_;
  bool ended_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace doorward::rest
