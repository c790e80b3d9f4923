#pragma once
// What the audit tells, as values, and the JSON members that a line has of each. Names only: there is no
// field that could hold a password, a verifier, a token or a value of a resource. What a peer sent is ASCII
// and bounded when it is here.
#include "store/model/login_fact.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace doorward::audit {

// One object that was written, or whose secrets were read, or that somebody might not write.
struct Change {
  std::string who;                  // `resources`, `tokens`, or whom a door has authenticated
  std::string from;                 // the folder, or HOST:PORT of the caller
  std::string what;                 // create, update, delete, read
  std::string resource;             // `MessagingUser team1/orders.alice`
  std::vector<std::string> fields;  // paths of what changed: `spec.authorization`; never values
  std::string request;              // the id that the log and the reply have, too; may be empty
  int refused = 0;                  // the HTTP status of a refusal; 0: it was done
};

// More of them are counted, not named.
inline constexpr std::size_t max_fields = 32;

using Event = std::variant<LoginFact, Change>;
using Time = std::chrono::system_clock::time_point;

// Members without braces, on one line: "time", "event" and what belongs to it.
std::string members(Time time, const LoginFact& login);
std::string members(Time time, const Change& change);
// `what`: opened, recovered.
std::string members(Time time, std::string_view what, std::string_view version);
// So many events could not be written.
std::string members_of_loss(Time time, std::uint64_t events);

}  // namespace doorward::audit
