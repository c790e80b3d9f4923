#pragma once
// The composition root: makes every part of the service in order, ties them together, and takes them apart
// when the process is asked to end. service.cpp is the order, service_parts.cpp how each part is made,
// service_upkeep.cpp what goes on meanwhile; no other file names concrete types of every room.
//
// Lives on the main thread, which waits for signals, looks every second whether files have changed, and
// applies them.
#include "server/config/config.hpp"
#include "store/model/result.hpp"

#include <functional>
#include <memory>

namespace doorward {

class Service {
 public:
  // Reads the configuration again, at SIGHUP.
  using Reread = std::function<std::expected<Config, std::vector<resources::Fault>>()>;

  // Applies the resources and listens. `invalid`: the input has to change before a start can succeed. What
  // was wrong in the resources is in the log, a line for each fault.
  static Result<std::unique_ptr<Service>> start(const Config& config, Reread reread);
  ~Service();

  // Returns when SIGTERM or SIGINT has come and the running logins and requests have ended, or their time is
  // over.
  void run();

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace doorward
