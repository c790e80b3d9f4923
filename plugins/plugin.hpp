#pragma once
// doorward_plugin.h for bridges in C++: views of its bytes, and answers that cannot be forgotten or given
// twice. Built on nothing but that header.
#include "plugins/doorward_plugin.h"

#include <cstdint>
#include <cstdio>
#include <exception>
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

// Runs the body of a function that the host calls; what it throws becomes the fault of the reply.
template <class Body>
void answering(Reply reply, Body body) noexcept {
  try {
    body(reply);
  } catch (const std::exception& error) {
    reply.fault(error.what());
  }
}

// The body of `open`: makes the instance, or fills in why not.
template <class Make>
int opening(void** instance, char* reason, std::size_t reason_size, Make make) noexcept {
  try {
    *instance = make();
    return 0;
  } catch (const std::exception& error) {
    std::snprintf(reason, reason_size, "%s", error.what());
    return -1;
  }
}

}  // namespace doorward_plugin_cpp
