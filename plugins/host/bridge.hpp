#pragma once
// One AuthenticationService's plugin at work: opened with its configuration, asked from threads of its own,
// checked every few seconds. Whatever the plugin does (block, answer late, twice or never) stays behind this
// class: nothing here waits for it, and what it costs others is a bounded number of threads and calls. What
// is asked beyond that bound is held until its turn comes, and the realms take turns.
//
// Shared by all loops and safe from any thread. Its threads keep what they need alive, so that a plugin which
// never returns is left behind and not waited for.
#include "plugins/host/answer.hpp"
#include "plugins/host/library.hpp"
#include "store/model/secret.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::plugins {

class BridgeCore;
class ExchangeState;

struct BridgeOptions {
  std::string service;        // NAMESPACE/NAME
  std::string config = "{}";  // JSON
  std::filesystem::path secrets;
  std::chrono::milliseconds patience{7'500};     // how long a call waits for its turn
  std::chrono::milliseconds time_limit{5'000};   // of each call, from its turn on
  std::chrono::milliseconds check_every{5'000};  // and how often an `open` that failed is tried again
  std::chrono::milliseconds close_grace{2'000};  // how long the end waits for the plugin's `close`
  std::size_t threads = 8;                       // calls at a time that may block
  std::size_t in_flight = 256;                   // calls that the plugin may leave unanswered
  std::size_t waiting = 16'384;                  // calls that wait for their turn; one more is refused
  bool admin_allowed = false;
  // Level as in doorward_plugin.h; the text is the plugin's own and not trusted.
  std::function<void(std::uint32_t level, std::string_view text)> log;
};

struct Health {
  bool up = false;
  std::string reason;  // why not: a sentence without an end
};

// What a plugin did against the rules, or too slowly.
struct BridgeCounts {
  std::size_t unexpected_answers = 0;  // to no call: the second for one, or a made-up ticket
  std::size_t bad_answers = 0;         // that broke a bound
  std::size_t timed_out = 0;
  std::size_t refused = 0;     // calls that were not made, since their turn did not come
  std::size_t unanswered = 0;  // now, with those that wait for their turn
  std::size_t exchanges = 0;   // now: begun and not released
};

class Bridge {
 public:
  // Does not wait: health() says when the plugin is open.
  Bridge(std::shared_ptr<const Library> library, BridgeOptions options);
  // Refuses what waits, and gives the plugin `close_grace` to answer the rest and to close.
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  Health health() const;
  // Returns when the plugin is up or known not to be, or when the time is over.
  Health wait_for_health(std::chrono::milliseconds at_most) const;

  // What the plugin can do, the strongest first: its mechanisms, then PLAIN where it verifies passwords.
  // Empty before it is open.
  std::vector<std::string> mechanisms() const;
  // Whether the plugin speaks the mechanism itself; PLAIN is doorward's where it only verifies.
  bool carries(std::string_view mechanism) const;
  bool verifies() const;

  BridgeCounts counts() const;
  // What the destructor does, unless it was done; false where the plugin has not closed within the grace.
  bool close();

 private:
  friend class Exchange;
  std::shared_ptr<BridgeCore> core_;
};

// One client at a bridge: either one verify(), or a start() and then a step() for each reply. Belongs to one
// thread at a time. Its end gives up whatever is under way.
class Exchange {
 public:
  // Called once for each call, on any thread, and quick; not at all after give_up(), except that one which
  // runs then runs to its end.
  using Done = std::move_only_function<void(Answer)>;
  struct Client {
    std::string realm;
    std::string peer;
  };

  Exchange(const Bridge& bridge, Client client);
  ~Exchange();
  Exchange(Exchange&&) noexcept = default;
  Exchange& operator=(Exchange&&) = delete;

  void verify(std::string username, Secret password, Done done);
  // The messages may hold passwords, and are wiped.
  void start(std::string mechanism, std::optional<Secret> initial_response, Done done);
  // REQUIRES: the last answer was `proceed`.
  void step(Secret response, Done done);

  void give_up();

 private:
  std::shared_ptr<ExchangeState> state_;
  Client client_;
};

}  // namespace doorward::plugins
