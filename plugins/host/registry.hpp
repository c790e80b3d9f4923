#pragma once
// Every ticket that a plugin was given and has not answered, over all bridges. A ticket is a number and never
// a pointer, so that a plugin may answer twice, too late, or with one that it made up: it finds nothing here.
//
// One for the process, and never taken apart: the threads of a plugin may call until the very end. Any
// thread.
#include "plugins/doorward_plugin.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace doorward::plugins {

// What an answer is for.
class Call {
 public:
  virtual ~Call() = default;
  // Called once, on the plugin's thread; `answer` lives until it returns.
  virtual void answer(const doorward_answer* answer) = 0;
};

// What is told of a bridge as a whole, whoever calls.
class BridgeEvents {
 public:
  virtual ~BridgeEvents() = default;
  virtual void unexpected_answer() = 0;
  virtual void log(std::uint32_t level, std::string_view text) = 0;  // not trusted
};

class Registry {
 public:
  static Registry& get();

  // The functions that plugins call, all of them on this registry.
  static const doorward_host& host();

  doorward_ticket add_bridge(std::weak_ptr<BridgeEvents> bridge);
  void remove_bridge(doorward_ticket bridge);

  doorward_ticket add(doorward_ticket bridge, std::shared_ptr<Call> call);
  // Whoever takes a call out answers for it; null where somebody was there before.
  std::shared_ptr<Call> take(doorward_ticket ticket);
  std::shared_ptr<BridgeEvents> bridge_of(doorward_ticket ticket);

 private:
  // A ticket is the bridge's number in the upper bits and a number of its own in the lower ones, 0 for the
  // bridge itself.
  static constexpr unsigned call_bits = 40;

  std::mutex mutex_;
  std::uint64_t bridges_made_ = 0;
  std::uint64_t calls_made_ = 0;
  std::unordered_map<doorward_ticket, std::shared_ptr<Call>> calls_;
  std::unordered_map<std::uint64_t, std::weak_ptr<BridgeEvents>> bridges_;
};

}  // namespace doorward::plugins
