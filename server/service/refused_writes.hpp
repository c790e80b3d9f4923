#pragma once
// Writes through the REST API that were refused, told to the audit: who tried what on which kind of object,
// in front of whatever answers. Reads, and requests of nobody in particular, are not told: the first change
// nothing, and the second would let anybody fill a disk.
//
// Any thread.
#include "server/rest/wire/exchange.hpp"

#include <functional>
#include <optional>
#include <string>

namespace doorward {

struct RefusedWrite {
  std::string who;       // whom the door has authenticated
  std::string from;      // HOST:PORT
  std::string what;      // create, update, delete
  std::string resource;  // `MessagingUser team1/orders.alice`; without a name where it is in the body only
  std::string request;   // the id that the reply has
  int status = 0;        // of the reply
};
// Null: nobody wants to know.
using TellRefusedWrite = std::function<void(const RefusedWrite&)>;

using AnswerRequest = std::function<rest::Response(rest::Request&&)>;
using RefuseHead = std::function<std::optional<rest::Response>(const rest::Request&)>;
AnswerRequest telling_refused_writes(AnswerRequest answer, TellRefusedWrite tell);
RefuseHead telling_refused_heads(RefuseHead refuse, TellRefusedWrite tell);

}  // namespace doorward
