#include "server/service/resource_folder.hpp"

#include "server/ops/log.hpp"
#include "server/resources/document/directory.hpp"
#include "store/model/wiped_frees.hpp"
#include "store/model/wiped_stack.hpp"

#include <algorithm>
#include <malloc.h>
#include <utility>

namespace doorward {
namespace {

// The log's queue drops its oldest lines when it is full; so many fit by far.
constexpr std::size_t max_lines = 1'000;
constexpr std::string_view emptied =
    "holds no manifest (*.yaml, *.yml, *.json). To delete what was applied from it, leave one file without a "
    "document there";

void log_each(std::string_view event, std::string_view key, const std::vector<resources::Fault>& faults) {
  for (std::size_t i = 0; i < std::min(faults.size(), max_lines); ++i)
    log::error(event, {{key, faults[i].text()}});
}

}  // namespace

ResourceFolder::ResourceFolder(Store& store, std::filesystem::path folder, resources::ApplyOptions options,
                               Report report)
    : store_(store), folder_(std::move(folder)), options_(std::move(options)), report_(std::move(report)) {}

bool ResourceFolder::refuse(const std::vector<resources::Fault>& faults, bool retry) {
  log_each("resources fault", "fault", faults);
  log::error("resources refused", {{"folder", folder_.native()}, {"faults", faults.size()}});
  refused_ = true;
  retry_ = retry;
  return false;
}

void ResourceFolder::tell_that_they_stay() const {
  log::warning("resources stay as they were applied before",
               {{"next_try", retry_ ? "within two seconds" : "when the folder changes, or at SIGHUP"}});
}

// Not again at each reload: what has been told is known.
void ResourceFolder::tell(const std::vector<std::string>& warnings, const std::vector<std::string>& remarks) {
  std::set<std::string> current;
  std::size_t lines = 0;
  const auto tell_new = [&](log::Level level, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (!current.insert(text).second || told_.contains(text) || ++lines > max_lines) continue;
      log::write(level, "resources remark", {{"remark", text}});
    }
  };
  tell_new(log::Level::warning, warnings);
  tell_new(log::Level::info, remarks);
  told_ = std::move(current);
}

bool ResourceFolder::apply(const std::stop_token& stop) {
  // A large folder takes much memory for a moment. The heaps would keep it, and logins need little.
  const struct GivenBack {
    ~GivenBack() { ::malloc_trim(0); }
  } at_the_end;
  const WipedFrees wiping;  // manifests have passwords in them
  resources::DirectoryReading read = resources::read_directory(folder_);
  std::string fingerprint = std::move(read.fingerprint);
  const std::size_t folders = read.folders;
  if (read.empty && options_.prune) {
    // As a volume that was not mounted looks: it must not delete everybody.
    const Result<bool> owns = resources::owns_anything(store_, options_.owner);
    if (!owns) return refuse({{.message = owns.error().message}}, true);
    if (*owns) {
      applied_ = std::move(fingerprint);
      return refuse({{.file = folder_.string(), .message = std::string(emptied)}}, false);
    }
  }
  resources::ApplyOptions options = options_;
  options.stop = stop;
  const auto report = resources::apply(store_, std::move(read.reading), options);
  wipe_stack();
  if (!report && stop.stop_requested()) {
    log::info("resources not applied: the service is ending", {{"folder", folder_.native()}});
    return false;
  }
  if (!report) {
    if (!report.error().retry) applied_ = std::move(fingerprint);
    return refuse(report.error().faults, report.error().retry);
  }
  if (report_) std::ranges::for_each(report->changes, report_);
  std::vector<std::string> remarks = report->remarks;
  if (folders > 0) remarks.push_back(resources::unread_folders(folder_, folders));
  tell(report->waiting, remarks);
  log_each("resources held back", "reason", report->held_back);
  log::info("resources applied", {{"folder", folder_.native()},
                                  {"created", report->created},
                                  {"changed", report->changed},
                                  {"deleted", report->deleted},
                                  {"unchanged", report->unchanged},
                                  {"held_back", report->held_back.size()}});
  applied_ = std::move(fingerprint);
  refused_ = !report->held_back.empty();
  return true;
}

Result<> ResourceFolder::apply_at_start() {
  const Result<ResourceVersion> version = store_.version();
  if (!version) return std::unexpected(version.error());
  if (apply({})) return {};
  if (*version > 0) {
    tell_that_they_stay();
    return {};
  }
  return fail(ErrorCode::invalid, "the resources have faults, each in a line above: correct them");
}

bool ResourceFolder::look(bool asked, const std::stop_token& stop) {
  Result<std::string> seen = resources::directory_fingerprint(folder_);
  if (!seen) {
    if (last_seen_ == seen.error().message && !asked) return false;
    last_seen_ = seen.error().message;
    log::warning("resources cannot be looked at, and stay as they were", {{"reason", last_seen_}});
    return false;
  }
  const bool still = *seen == last_seen_;
  last_seen_ = std::move(*seen);
  // Where asked, what has not changed, too: the REST API may have taken away what the folder holds.
  if (!asked && (last_seen_ == applied_ || !still)) return false;
  if (apply(stop)) return true;
  if (!stop.stop_requested()) tell_that_they_stay();
  return false;
}

}  // namespace doorward
