// The bridge to the mechanisms that the host's Cyrus SASL has, Kerberos (GSSAPI, RFC 4752) above all. Whoever
// an exchange proves is a federated user of the address space: its `federatedUsername` is the identity, by
// Kerberos the whole principal. Each call does its work on the bridge's thread that makes it and keeps
// nothing but the exchange.
#include "plugins/cyrus/server.hpp"
#include "plugins/cyrus/settings.hpp"
#include "plugins/plugin.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

namespace cyrus {
namespace {

using namespace doorward_plugin_cpp;
using Clock = std::chrono::steady_clock;

// Anybody can be refused as often as he likes.
constexpr std::chrono::seconds tell_every{5};

class Bridge {
 public:
  struct Exchange {
    std::optional<Server> server;
  };

  Bridge(const doorward_host& host, const doorward_settings& given)
      : host_(host), bridge_(given.bridge), settings_(read_settings(given)) {
    for (const std::string& mechanism : settings_.mechanisms) names_.push_back(mechanism.c_str());
    names_.push_back(nullptr);
  }

  const char* const* mechanisms() const { return names_.data(); }

  // Whether a mechanism is not there: not installed, or without its keys.
  void check(Reply& reply) const {
    const std::vector<std::string> able = Server(settings_).able();
    for (const std::string& mechanism : settings_.mechanisms) {
      if (std::ranges::find(able, mechanism) == able.end())
        throw Trouble("Cyrus SASL on this host cannot do " + mechanism +
                      ": install the package with its module (libsasl2-modules, for GSSAPI " +
                      "libsasl2-modules-gssapi-mit)");
    }
    reply.well();
  }

  void start(Exchange& exchange, const doorward_start& asked, Reply& reply) {
    exchange.server.emplace(settings_);
    conclude(reply, exchange.server->start(std::string(view(asked.mechanism)), initial_response(asked)));
  }

  void step(Exchange& exchange, std::string_view response, Reply& reply) {
    conclude(reply, exchange.server->step(response));
  }

 private:
  void conclude(Reply& reply, const Outcome& outcome) {
    switch (outcome.kind) {
      case Outcome::Kind::proceed:
        return reply.proceed(outcome.message);
      case Outcome::Kind::accepted:
        return reply.accept_stored(outcome.identity, outcome.message);
      case Outcome::Kind::refused:
        tell(outcome.reason);
        return reply.refuse();
    }
  }

  // What an operator can mend shows in why clients are refused: a clock that is wrong, a key that is too old.
  void tell(const std::string& reason) {
    if (reason.empty()) return;
    {
      const auto now = Clock::now();
      const std::lock_guard lock(mutex_);
      if (told_ && now - *told_ < tell_every) return;
      told_ = now;
    }
    host_.log(bridge_, DOORWARD_LOG_INFO, bytes("a client is refused: " + reason));
  }

  const doorward_host& host_;
  const doorward_ticket bridge_;
  const Settings settings_;
  std::vector<const char*> names_;
  std::mutex mutex_;
  std::optional<Clock::time_point> told_;
};

}  // namespace
}  // namespace cyrus

const doorward_plugin* doorward_plugin_entry(std::uint32_t host_abi) {
  static constexpr doorward_plugin plugin = doorward_plugin_cpp::TableOf<cyrus::Bridge>::named("cyrus", "1");
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : nullptr;
}
