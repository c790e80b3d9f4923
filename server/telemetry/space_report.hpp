#pragma once
// Tells the log what keeps address spaces from being ready, what to know of those that are, and how to make
// one where there is none; of each only what has not been told yet. Reads the store; one thread at a time,
// not an event loop.
#include "store/store.hpp"

#include <map>
#include <string>

namespace doorward {

class SpaceReport {
 public:
  // `infra_namespace` is where plans are looked for after the space's own namespace.
  explicit SpaceReport(std::string infra_namespace) : infra_namespace_(std::move(infra_namespace)) {}

  void tell(const Store& store);

 private:
  void tell_how_to_begin(const Store& store) const;

  const std::string infra_namespace_;
  struct Told {
    bool ready = true;
    std::string messages;
    bool operator==(const Told&) const = default;
  };
  std::map<std::string, Told> told_;  // by NAMESPACE/NAME
};

}  // namespace doorward
