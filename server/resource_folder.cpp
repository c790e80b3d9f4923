#include "server/resource_folder.hpp"

#include "server/ops/log.hpp"
#include "server/resources/directory.hpp"

#include <algorithm>
#include <utility>

namespace doorward {
namespace {

// The log's queue drops its oldest lines when it is full; so many fit by far.
constexpr std::size_t max_lines = 1'000;
constexpr std::string_view old_state = "resources stay as they were applied before";

void log_faults(const std::vector<resources::Fault>& faults) {
  for (std::size_t i = 0; i < std::min(faults.size(), max_lines); ++i) {
    log::error("resources fault", {{"fault", faults[i].text()}});
  }
}

}  // namespace

ResourceFolder::ResourceFolder(Store& store, std::filesystem::path folder, resources::ApplyOptions options)
    : store_(store), folder_(std::move(folder)), options_(std::move(options)) {}

bool ResourceFolder::apply() {
  resources::DirectoryReading read = resources::read_directory(folder_);
  std::string fingerprint = std::move(read.fingerprint);
  const auto report = resources::apply(store_, std::move(read.reading), options_);
  if (!report) {
    log_faults(report.error().faults);
    log::error("resources refused", {{"folder", folder_.native()},
                                     {"faults", report.error().faults.size()},
                                     {"retry", report.error().retry}});
    if (!report.error().retry) applied_ = std::move(fingerprint);
    return false;
  }
  for (std::size_t i = 0; i < std::min(report->remarks.size(), max_lines); ++i) {
    log::info("resources remark", {{"remark", report->remarks[i]}});
  }
  log::info("resources applied", {{"folder", folder_.native()},
                                  {"created", report->created},
                                  {"changed", report->changed},
                                  {"deleted", report->deleted},
                                  {"unchanged", report->unchanged}});
  applied_ = std::move(fingerprint);
  return true;
}

Result<> ResourceFolder::apply_at_start() {
  const Result<ResourceVersion> version = store_.version();
  if (!version) return std::unexpected(version.error());
  if (apply()) return {};
  if (*version > 0) {
    log::warning(old_state);
    return {};
  }
  return fail(ErrorCode::invalid, "the resources have faults, each in a line above: correct them");
}

bool ResourceFolder::look(bool asked) {
  Result<std::string> seen = resources::directory_fingerprint(folder_);
  if (!seen) {
    if (last_seen_ == seen.error().message) return false;
    last_seen_ = seen.error().message;
    log::warning("resources cannot be looked at, and stay as they were", {{"reason", last_seen_}});
    return false;
  }
  const bool still = *seen == last_seen_;
  last_seen_ = std::move(*seen);
  if (last_seen_ == applied_ || !(still || asked)) return false;
  if (apply()) return true;
  log::warning(old_state);
  return false;
}

}  // namespace doorward
