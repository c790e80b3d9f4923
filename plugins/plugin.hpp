#pragma once
// doorward_plugin.h for bridges in C++: views of its bytes, answers that cannot be forgotten or given twice,
// and the table made of a class. Built on nothing but that header.
#include "plugins/doorward_plugin.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward_plugin_cpp {

inline std::string_view view(const doorward_bytes& bytes) {
  return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
}
inline doorward_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

// What a client may do, to be given along with who it is.
struct Rule {
  std::vector<std::string> addresses;
  std::uint64_t operations = 0;
};
struct Rights {
  std::vector<std::string> groups;
  std::vector<Rule> rules;
};

// The one answer to a call. Where it goes without one, for an exception say, it answers that the bridge is at
// fault.
class Reply {
 public:
  Reply(const doorward_host* host, doorward_ticket ticket) : host_(host), ticket_(ticket) {}
  Reply(Reply&& other) noexcept : host_(std::exchange(other.host_, nullptr)), ticket_(other.ticket_) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply() { fault("the bridge ended a call without an answer"); }

  void proceed(std::string_view challenge) { give(DOORWARD_CONTINUE, {}, {}, challenge, nullptr); }
  void refuse(std::string_view reason = {}) { give(DOORWARD_REFUSED, reason, {}, {}, nullptr); }
  void unavailable(std::string_view reason) { give(DOORWARD_UNAVAILABLE, reason, {}, {}, nullptr); }
  void fault(std::string_view reason) { give(DOORWARD_FAULT, reason, {}, {}, nullptr); }
  void well() { give(DOORWARD_ACCEPTED, {}, {}, {}, nullptr); }
  // `last_words` reach the client before the outcome.
  void accept_stored(std::string_view identity, std::string_view last_words = {}) {
    give(DOORWARD_ACCEPTED, {}, identity, last_words, nullptr);
  }
  void accept(std::string_view identity, const Rights& rights, std::string_view last_words = {}) {
    give(DOORWARD_ACCEPTED, {}, identity, last_words, &rights);
  }

 private:
  void give(std::uint32_t outcome, std::string_view reason, std::string_view identity,
            std::string_view challenge, const Rights* rights) {
    const doorward_host* host = std::exchange(host_, nullptr);
    if (host == nullptr) return;
    doorward_answer answer{};
    answer.size = sizeof answer;
    answer.outcome = outcome;
    answer.reason = bytes(reason);
    answer.identity = bytes(identity);
    answer.challenge = bytes(challenge);
    std::vector<doorward_bytes> groups;
    std::vector<std::vector<doorward_bytes>> addresses;
    std::vector<doorward_rule> rules;
    if (rights != nullptr) {
      answer.rights = DOORWARD_RIGHTS_GIVEN;
      for (const std::string& group : rights->groups) groups.push_back(bytes(group));
      for (const Rule& rule : rights->rules) {
        auto& names = addresses.emplace_back();
        for (const std::string& address : rule.addresses) names.push_back(bytes(address));
      }
      for (std::size_t i = 0; i < addresses.size(); ++i)
        rules.push_back({addresses[i].data(), addresses[i].size(), rights->rules[i].operations});
      answer.groups = groups.data();
      answer.group_count = groups.size();
      answer.rules = rules.data();
      answer.rule_count = rules.size();
    }
    host->complete(ticket_, &answer);
  }

  const doorward_host* host_;
  doorward_ticket ticket_;
};

// Thrown where a call cannot be answered now, but may be at the next login; what() says why, fit for the log
// and the status.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs the body of a function that the host calls; what it throws becomes its answer.
template <class Body>
void answering(Reply reply, Body body) noexcept {
  try {
    body(reply);
  } catch (const Unavailable& unavailable) {
    reply.unavailable(unavailable.what());
  } catch (const std::exception& error) {
    reply.fault(error.what());
  }
}

// The table of a bridge that is a class. `open` makes one, and throws what to do where that cannot work;
// whatever else it does is a function of that name, threads and all as doorward_plugin says of it:
//
//   Bridge(const doorward_host&, const doorward_settings&);
//   void check(Reply&);
//   void verify(const doorward_password&, Reply&);
//   const char* const* mechanisms() const;
//   struct Exchange {...};  // made before `start`, gone at `release`
//   void start(Exchange&, const doorward_start&, Reply&);
//   void step(Exchange&, std::string_view response, Reply&);
//   void cancel(Exchange&);
//
// A Reply that is moved away may be given later, by any thread.
template <class Bridge>
class TableOf {
 public:
  static constexpr doorward_plugin named(const char* name, const char* version) {
    doorward_plugin table{};
    table.size = sizeof table;
    table.abi = DOORWARD_PLUGIN_ABI;
    table.name = name;
    table.version = version;
    table.open = open;
    table.close = [](void* instance) { delete &of(instance); };
    if constexpr (requires { &Bridge::check; }) table.check = check;
    if constexpr (requires { &Bridge::verify; }) table.verify = verify;
    if constexpr (requires { &Bridge::start; }) {
      table.mechanisms = [](void* instance) { return of(instance).bridge.mechanisms(); };
      table.start = start;
      table.step = step;
      table.release = [](void*, void* exchange) { delete static_cast<typename Bridge::Exchange*>(exchange); };
    }
    if constexpr (requires { &Bridge::cancel; }) table.cancel = cancel;
    return table;
  }

 private:
  struct Instance {
    const doorward_host* host;
    Bridge bridge;
  };
  static Instance& of(void* instance) { return *static_cast<Instance*>(instance); }

  static int open(const doorward_host* host, const doorward_settings* settings, void** instance, char* reason,
                  std::size_t reason_size) noexcept {
    try {
      *instance = new Instance{host, Bridge(*host, *settings)};
      return 0;
    } catch (const std::exception& error) {
      std::snprintf(reason, reason_size, "%s", error.what());
      return -1;
    }
  }
  static void check(void* instance, doorward_ticket ticket) {
    answering(Reply(of(instance).host, ticket), [&](Reply& reply) { of(instance).bridge.check(reply); });
  }
  static void verify(void* instance, doorward_ticket ticket, const doorward_password* asked, void**) {
    answering(Reply(of(instance).host, ticket),
              [&](Reply& reply) { of(instance).bridge.verify(*asked, reply); });
  }
  static void start(void* instance, doorward_ticket ticket, const doorward_start* asked, void** exchange) {
    answering(Reply(of(instance).host, ticket), [&](Reply& reply) {
      auto* made = new typename Bridge::Exchange();
      *exchange = made;  // before any answer, since the host may then go on
      of(instance).bridge.start(*made, *asked, reply);
    });
  }
  static void step(void* instance, void* exchange, doorward_ticket ticket, doorward_bytes response) {
    answering(Reply(of(instance).host, ticket), [&](Reply& reply) {
      of(instance).bridge.step(*static_cast<typename Bridge::Exchange*>(exchange), view(response), reply);
    });
  }
  static void cancel(void* instance, void* exchange) {
    of(instance).bridge.cancel(*static_cast<typename Bridge::Exchange*>(exchange));
  }
};

// The initial response of a client, where it sent one.
inline std::optional<std::string_view> initial_response(const doorward_start& asked) {
  if (asked.has_initial_response == 0) return std::nullopt;
  return view(asked.initial_response);
}

}  // namespace doorward_plugin_cpp
