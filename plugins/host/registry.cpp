#include "plugins/host/registry.hpp"

#include "plugins/host/told.hpp"

#include <utility>

namespace doorward::plugins {
namespace {

// Nothing may be thrown into a plugin. What is lost where memory has run out is found by the time limit.
template <class Body>
void guarded(Body body) noexcept {
  try {
    body();
  } catch (...) {
    return;
  }
}

void complete(doorward_ticket ticket, const doorward_answer* answer) {
  guarded([&] {
    if (const auto call = Registry::get().take(ticket)) return call->answer(answer);
    if (const auto bridge = Registry::get().bridge_of(ticket)) bridge->unexpected_answer();
  });
}

void log(doorward_ticket ticket, std::uint32_t level, doorward_bytes text) {
  guarded([&] {
    const auto bridge = Registry::get().bridge_of(ticket);
    if (!bridge || text.data == nullptr) return;
    bridge->log(level, read_log_text(text));
  });
}

}  // namespace

Registry& Registry::get() {
  static Registry* const registry = new Registry;
  return *registry;
}

const doorward_host& Registry::host() {
  static constexpr doorward_host host{
      .size = sizeof(doorward_host), .abi = DOORWARD_PLUGIN_ABI, .complete = complete, .log = log};
  return host;
}

doorward_ticket Registry::add_bridge(std::weak_ptr<BridgeEvents> bridge) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++bridges_made_;
  bridges_.emplace(number, std::move(bridge));
  return number << call_bits;
}

void Registry::remove_bridge(doorward_ticket bridge) {
  const std::lock_guard lock(mutex_);
  bridges_.erase(bridge >> call_bits);
}

doorward_ticket Registry::add(doorward_ticket bridge, std::shared_ptr<Call> call) {
  const std::lock_guard lock(mutex_);
  constexpr std::uint64_t mask = (std::uint64_t{1} << call_bits) - 1;
  while ((++calls_made_ & mask) == 0) continue;
  const doorward_ticket ticket = bridge | (calls_made_ & mask);
  calls_.emplace(ticket, std::move(call));
  return ticket;
}

std::shared_ptr<Call> Registry::take(doorward_ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(ticket);
  if (found == calls_.end()) return nullptr;
  auto call = std::move(found->second);
  calls_.erase(found);
  return call;
}

std::shared_ptr<BridgeEvents> Registry::bridge_of(doorward_ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = bridges_.find(ticket >> call_bits);
  return found == bridges_.end() ? nullptr : found->second.lock();
}

}  // namespace doorward::plugins
