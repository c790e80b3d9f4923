#pragma once
// What a plugin answers, read with suspicion: every size, count and pointer is looked at before anything
// behind it is copied, and what is copied fits into the bounds that doorward_plugin.h promises. Pure
// functions, any thread.
#include "plugins/doorward_plugin.h"
#include "store/model/user.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace doorward::plugins {

enum class Verdict : std::uint8_t {
  proceed,      // send `challenge`, give the reply to the next step
  accepted,     // it is `identity`
  refused,      // it is not who it claims to be
  unavailable,  // nobody can tell now
  fault,        // the bridge, or what it answered, needs mending
};

struct Answer {
  Verdict verdict = Verdict::fault;
  bool broke_a_rule = false;  // `fault` is our word for it, not the plugin's
  std::string reason;         // for the log and for statuses: UTF-8 without control characters
  std::string challenge;      // of `proceed`; of `accepted` what the client gets before it, if anything
  // Of `accepted`:
  std::string identity;
  bool rights_given = false;        // else they are those of a stored user
  std::vector<std::string> groups;  // more than those that follow from `rules`
  std::vector<AddressRule> rules;
};

// Our own word for that nobody can tell now: `why` is fit for the log.
inline Answer unavailable(std::string why) {
  return {.verdict = Verdict::unavailable, .reason = std::move(why)};
}

enum class CallKind : std::uint8_t { exchange, password, check };

// An answer that breaks a rule becomes a `fault` that says which. `admin_allowed`: the group `admin` may
// pass.
Answer read_answer(const doorward_answer* answer, CallKind kind, bool admin_allowed);

}  // namespace doorward::plugins
