#include "server/audit/events.hpp"

#include "server/ops/log.hpp"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace doorward::audit {
namespace {

// A JSON line of the log, with its bounds and its escapes, behind the time.
std::string event(Time time, std::string_view what, log::Fields fields) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
  return fmt::format("\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\",{}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), milliseconds,
                     log::format_line(log::Format::json, what, fields));
}

std::string names(const std::vector<std::string>& fields) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& name : fields) {
    if (list.size() == max_fields) break;
    list.push_back(name.substr(0, 256));
  }
  // ASCII only, as the rest of the line.
  return list.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string members(Time time, const LoginFact& login) {
  return event(time, "login",
               {{"outcome", login.outcome ? to_string(*login.outcome) : "aborted"},
                {"reason", to_string(login.reason)},
                {"realm", login.realm},
                {"mechanism", login.mechanism},
                {"user", login.username},
                {"service_type", login.service_type ? to_string(*login.service_type) : "unknown"},
                {"peer", login.peer},
                {"tls", login.tls},
                {"container", login.container_id},
                {"held_by", to_string(login.held_by)},
                {"login", login.login_id}});
}

std::string members(Time time, const Change& change) {
  // A line of its own name, so that nobody counts it among what was done.
  if (change.refused != 0) {
    return event(time, "refused",
                 {{"who", change.who},
                  {"from", change.from},
                  {"what", change.what},
                  {"resource", change.resource},
                  {"request", change.request},
                  {"status", change.refused}});
  }
  return event(time, "change",
               {{"who", change.who},
                {"from", change.from},
                {"what", change.what},
                {"resource", change.resource},
                {"request", change.request},
                {"changed", change.fields.size()}}) +
         ",\"fields\":" + names(change.fields);
}

std::string members(Time time, std::string_view what, std::string_view version) {
  return event(time, what, {{"version", version}});
}

std::string members_of_loss(Time time, std::uint64_t events) {
  return event(time, "lost", {{"events", events}});
}

}  // namespace doorward::audit
