#pragma once
// The REST API of a process, asked by `sync` and `export` as over a connection.
#include "server/resources/document/yaml.hpp"
#include "server/sync/sync.hpp"
#include "tests/server/rest/house.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace doorward::sync {

using nlohmann::json;

class SyncHouse : public rest::House {
 protected:
  // `created, changed, pruned, unchanged, failed`; what was told is in `told_`.
  std::string sync(const std::string& yaml, bool reversed = false) {
    auto found = resources::identify(resources::read_yaml(yaml, "m.yaml").documents, options_.settings);
    EXPECT_THAT(resources::texts(found.faults), testing::IsEmpty());
    if (reversed) std::ranges::reverse(found.manifests);
    told_.clear();
    const auto report = sync::sync(asking(), std::move(found.manifests), sync_,
                                   [this](const SyncEvent& event) { told_.push_back(event); });
    if (!report) return report.error().message;
    remarks_ = report->remarks;
    return std::to_string(report->created) + ", " + std::to_string(report->changed) + ", " +
           std::to_string(report->pruned) + ", " + std::to_string(report->unchanged) + ", " +
           std::to_string(report->failed);
  }

  AskApi asking() {
    return [this](const ApiRequest& request) -> Result<ApiAnswer> { return answer(request); };
  }
  Result<ApiAnswer> answer(const ApiRequest& asked) {
    if (requests_left_.fetch_sub(1) <= 0) return fail(ErrorCode::unavailable, "nobody answers");
    const Answer got = ask(
        request(asked.method, asked.path, asked.body.is_null() ? "" : asked.body.dump(), asked.content_type));
    ApiAnswer made{.status = got.status, .body = got.body};
    for (const std::string& warning : got.warnings())
      made.warnings.push_back(warning_text("Warning: " + warning));
    return made;
  }

  static ObjectKey user_key(const std::string& name) {
    return {std::string(resources::store_kind::messaging_users), "team1", name};
  }
  std::string told() const {
    std::string text;
    for (const SyncEvent& event : told_) {
      text += event.object + " " + event.message + "\n";
      for (const std::string& line : event.lines) text += line + "\n";
    }
    return text;
  }

  SyncOptions sync_;
  std::vector<SyncEvent> told_;
  std::vector<std::string> remarks_;
  std::atomic<std::int64_t> requests_left_ = INT64_MAX;
};

}  // namespace doorward::sync
