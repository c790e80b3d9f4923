#include "server/service/refused_writes.hpp"

#include "server/callers/callers.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/wire/percent.hpp"
#include "server/rest/wire/target.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace doorward {
namespace {

std::string_view done_by(std::string_view method) {
  if (method == "POST") return "create";
  if (method == "PUT" || method == "PATCH") return "update";
  return method == "DELETE" ? "delete" : "";
}

bool is_nobody(const rbac::Caller& caller) {
  return std::ranges::find(caller.groups, unauthenticated_group) != caller.groups.end();
}

// What is told if it is refused; nothing for what is no write of an object that is kept.
std::optional<RefusedWrite> attempt(const rest::Request& request) {
  const std::string_view what = done_by(request.method);
  if (what.empty() || is_nobody(request.caller)) return std::nullopt;
  const auto segments = rest::split_path(request.path);
  const auto target = segments ? rest::target_of(*segments) : std::nullopt;
  if (!target) return std::nullopt;
  const auto* kind = resources::find_kind_of_path(target->group, target->version, target->resource);
  if (kind == nullptr) return std::nullopt;
  std::string resource(kind->name);
  if (!target->ns.empty() || !target->name.empty()) resource += " " + target->ns;
  if (!target->name.empty()) resource += (target->ns.empty() ? "" : "/") + target->name;
  return RefusedWrite{.who = request.caller.username,
                      .from = request.peer,
                      .what = std::string(what),
                      .resource = std::move(resource),
                      .request = request.request_id};
}

void tell_if_refused(const TellRefusedWrite& tell, std::optional<RefusedWrite> write, int status) {
  if (!write || status < 400) return;
  write->status = status;
  tell(*write);
}

}  // namespace

AnswerRequest telling_refused_writes(AnswerRequest answer, TellRefusedWrite tell) {
  if (!tell) return answer;
  return [answer = std::move(answer), tell = std::move(tell)](rest::Request&& request) {
    auto write = attempt(request);
    rest::Response response = answer(std::move(request));
    tell_if_refused(tell, std::move(write), response.status);
    return response;
  };
}

RefuseHead telling_refused_heads(RefuseHead refuse, TellRefusedWrite tell) {
  if (!tell) return refuse;
  return [refuse = std::move(refuse), tell = std::move(tell)](const rest::Request& head) {
    auto response = refuse(head);
    if (response) tell_if_refused(tell, attempt(head), response->status);
    return response;
  };
}

}  // namespace doorward
