// The bridge to the mechanisms that the host's Cyrus SASL has, Kerberos (GSSAPI, RFC 4752) above all. Whoever
// an exchange proves is a federated user of the address space: its `federatedUsername` is the identity, by
// Kerberos the whole principal. Each call does its work on the bridge's thread that makes it and keeps
// nothing but the exchange.
#include "plugins/cyrus/server.hpp"
#include "plugins/cyrus/settings.hpp"
#include "plugins/plugin.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

namespace cyrus {
namespace {

using namespace doorward_plugin_cpp;
using Clock = std::chrono::steady_clock;

// Anybody can be refused as often as he likes.
constexpr std::chrono::seconds tell_every{5};

class Bridge {
 public:
  Bridge(const doorward_host* the_host, const doorward_settings& given)
      : host(the_host), settings(read_settings(given)), bridge_(given.bridge) {
    for (const std::string& mechanism : settings.mechanisms) names_.push_back(mechanism.c_str());
    names_.push_back(nullptr);
  }

  const char* const* mechanisms() const { return names_.data(); }

  // Throws Trouble where a mechanism is not there: not installed, or without its keys.
  void look() const {
    const std::vector<std::string> able = Server(settings).able();
    for (const std::string& mechanism : settings.mechanisms) {
      if (std::ranges::find(able, mechanism) == able.end())
        throw Trouble("Cyrus SASL on this host cannot do " + mechanism +
                      ": install the package with its module (libsasl2-modules, for GSSAPI " +
                      "libsasl2-modules-gssapi-mit)");
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
    host->log(bridge_, DOORWARD_LOG_INFO, bytes("a client is refused: " + reason));
  }

  const doorward_host* const host;
  const Settings settings;

 private:
  const doorward_ticket bridge_;
  std::vector<const char*> names_;
  std::mutex mutex_;
  std::optional<Clock::time_point> told_;
};

Bridge& bridge_of(void* instance) { return *static_cast<Bridge*>(instance); }

template <class Body>
void asking(const Bridge& bridge, doorward_ticket ticket, Body body) {
  answering(Reply(bridge.host, ticket), [&](Reply& reply) {
    try {
      body(reply);
    } catch (const Trouble& trouble) {
      reply.unavailable(trouble.what());
    }
  });
}

void conclude(Bridge& bridge, Reply& reply, const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::proceed:
      return reply.proceed(outcome.message);
    case Outcome::Kind::accepted:
      return reply.accept_stored(outcome.identity, outcome.message);
    case Outcome::Kind::refused:
      bridge.tell(outcome.reason);
      return reply.refuse();
  }
}

int open(const doorward_host* host, const doorward_settings* settings, void** instance, char* reason,
         std::size_t reason_size) {
  return opening(instance, reason, reason_size, [&] { return new Bridge(host, *settings); });
}

void close(void* instance) { delete static_cast<Bridge*>(instance); }

const char* const* mechanisms(void* instance) { return bridge_of(instance).mechanisms(); }

void check(void* instance, doorward_ticket ticket) {
  const Bridge& bridge = bridge_of(instance);
  asking(bridge, ticket, [&](Reply& reply) {
    bridge.look();
    reply.well();
  });
}

void start(void* instance, doorward_ticket ticket, const doorward_start* asked, void** exchange) {
  Bridge& bridge = bridge_of(instance);
  asking(bridge, ticket, [&](Reply& reply) {
    auto server = std::make_unique<Server>(bridge.settings);
    std::optional<std::string_view> response;
    if (asked->has_initial_response != 0) response = view(asked->initial_response);
    const Outcome outcome = server->start(std::string(view(asked->mechanism)), response);
    if (outcome.kind == Outcome::Kind::proceed) *exchange = server.release();
    conclude(bridge, reply, outcome);
  });
}

void step(void* instance, void* exchange, doorward_ticket ticket, doorward_bytes response) {
  Bridge& bridge = bridge_of(instance);
  asking(bridge, ticket, [&](Reply& reply) {
    conclude(bridge, reply, static_cast<Server*>(exchange)->step(view(response)));
  });
}

void release(void*, void* exchange) { delete static_cast<Server*>(exchange); }

}  // namespace
}  // namespace cyrus

const doorward_plugin* doorward_plugin_entry(std::uint32_t host_abi) {
  static constexpr doorward_plugin plugin{.size = sizeof(doorward_plugin),
                                          .abi = DOORWARD_PLUGIN_ABI,
                                          .reserved = 0,
                                          .name = "cyrus",
                                          .version = "1",
                                          .open = cyrus::open,
                                          .close = cyrus::close,
                                          .check = cyrus::check,
                                          .verify = nullptr,
                                          .mechanisms = cyrus::mechanisms,
                                          .start = cyrus::start,
                                          .step = cyrus::step,
                                          .cancel = nullptr,
                                          .release = cyrus::release};
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : nullptr;
}
