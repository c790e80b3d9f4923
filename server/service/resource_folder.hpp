#pragma once
// The folder of `--resources`: applied before the service listens, and again whenever it has changed. Belongs
// to one thread at a time: the one that starts the service, then the watchman's.
#include "server/resources/apply.hpp"
#include "store/model/result.hpp"
#include "store/store.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace doorward {

class ResourceFolder {
 public:
  // Gets each object that was written.
  using Report = std::function<void(const resources::ObjectChange&)>;
  ResourceFolder(Store& store, std::filesystem::path folder, resources::ApplyOptions options, Report report);

  // At start. Every fault goes to the log. On a new store it refuses (`invalid`); on one that has been in use
  // what is there stays in force, since a mistake in a manifest must not keep a service from coming back.
  Result<> apply_at_start();

  // Applies what has changed and has stood still since the last look, so that a file which is being written
  // is left alone. Where `asked`, at once and whatever has changed: what was refused is tried again, and what
  // others have changed in the store since is put right; the log tells what came of it. Ends early at `stop`,
  // with nothing applied. True: it was applied, but for what others are in the way of.
  bool look(bool asked, const std::stop_token& stop = {});

  // Whether the newest state of the folder was refused, or some of it is held back. Any thread.
  bool refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  bool apply(const std::stop_token& stop);
  // `retry`: the next look tries again, whether the folder has changed or not.
  bool refuse(const std::vector<resources::Fault>& faults, bool retry);
  void tell_that_they_stay() const;
  void tell(const std::vector<std::string>& warnings, const std::vector<std::string>& remarks);

  Store& store_;
  const std::filesystem::path folder_;
  const resources::ApplyOptions options_;
  const Report report_;
  std::string applied_;                // fingerprint of what was applied or refused last
  std::atomic<bool> refused_ = false;  // all of it, or some
  bool retry_ = false;                 // of what was refused last
  std::string last_seen_;              // fingerprint, or the error, at the last look
  std::set<std::string> told_;         // remarks on what is applied: each is told once
};

}  // namespace doorward
