#pragma once
// Tells the log when an address space, an address or a user becomes ready or stops being so, whoever wrote
// what that follows from: the folder, REST or sync. It reads the history of the store, so that each change is
// told once. At the start it tells which spaces are not ready, and how to make one where there is none.
//
// Keeps a place in the history and nothing else. One thread at a time, not an event loop.
#include "store/store.hpp"

#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>

namespace doorward {

class StatusReport {
 public:
  // Of lines for one look; a log is no place for ten thousand of them.
  static constexpr std::size_t max_lines = 200;

  // Changes behind `since` will be told. `infra_namespace` is where plans are looked for after the space's
  // own namespace.
  StatusReport(std::string infra_namespace, ResourceVersion since)
      : infra_namespace_(std::move(infra_namespace)), told_(since) {}

  // The address spaces as they are now, and how to begin where there is none.
  void begin(const Store& store);
  // What has changed since the last look. What cannot be read now is read by the next one.
  void look(const Store& store, const std::stop_token& stop);
  // How to make an address space, where there is none.
  void tell_how_to_begin(const Store& store) const;

 private:
  class Lines;
  void tell(const Store& store, const Change& change, Lines& lines) const;
  void go_on_after_a_gap(const Store& store);

  const std::string infra_namespace_;
  ResourceVersion told_;               // changes up to this one are told
  ResourceVersion spaces_listed_ = 0;  // begin() has told of the spaces as they were then
};

}  // namespace doorward
