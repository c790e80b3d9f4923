#include "plugins/host/answer.hpp"

#include "policies/addresses.hpp"
#include "store/model/names.hpp"
#include "store/model/result.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

namespace doorward::plugins {
namespace {

// Delegates let this group do anything, beyond the address space even.
constexpr std::string_view admin_group = "admin";
constexpr std::uint64_t all_operations = DOORWARD_SEND | DOORWARD_RECV | DOORWARD_VIEW | DOORWARD_MANAGE;
constexpr std::size_t least_answer_bytes = offsetof(doorward_answer, rule_count) + sizeof(std::size_t);

Answer fault(std::string why) {
  return {.verdict = Verdict::fault, .broke_a_rule = true, .reason = "the plugin's answer " + std::move(why)};
}

// Nothing for a null pointer with a size.
std::optional<std::string_view> view(const doorward_bytes& bytes) {
  if (bytes.size == 0) return std::string_view();
  if (bytes.data == nullptr) return std::nullopt;
  return std::string_view(bytes.data, bytes.size);
}

template <class Element>
std::optional<std::span<const Element>> elements(const Element* first, std::size_t count, std::size_t most) {
  if (count > most || (count > 0 && first == nullptr)) return std::nullopt;
  return std::span(first, count);
}

bool is_name(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && is_utf8(text) && !has_control_character(text);
}

// What is no clean text is shown as its bytes, since it goes to logs and statuses.
std::string read_reason(const doorward_bytes& bytes) {
  const auto reason = view({bytes.data, std::min<std::size_t>(bytes.size, DOORWARD_MAX_REASON)});
  if (!reason || reason->empty()) return {};
  if (is_utf8(*reason) && !has_control_character(*reason)) return std::string(*reason);
  return quoted(*reason, DOORWARD_MAX_REASON);
}

std::optional<Answer> read_groups(const doorward_answer& raw, bool admin_allowed, Answer& into) {
  const auto groups = elements(raw.groups, raw.group_count, DOORWARD_MAX_GROUPS);
  if (!groups)
    return fault("has more groups than " + std::to_string(DOORWARD_MAX_GROUPS) +
                 ", or none where it says some");
  for (const doorward_bytes& bytes : *groups) {
    const auto group = view(bytes);
    if (!group || !is_name(*group, DOORWARD_MAX_GROUP))
      return fault("has a group that is empty, too long, not UTF-8 or with a control character");
    if (*group == admin_group && !admin_allowed) continue;
    if (std::ranges::find(into.groups, *group) == into.groups.end()) into.groups.emplace_back(*group);
  }
  return std::nullopt;
}

std::optional<Answer> read_rules(const doorward_answer& raw, Answer& into) {
  const auto rules = elements(raw.rules, raw.rule_count, DOORWARD_MAX_RULES);
  if (!rules)
    return fault("has more rules than " + std::to_string(DOORWARD_MAX_RULES) +
                 ", or none where it says some");
  std::size_t left = DOORWARD_MAX_ADDRESSES;
  for (const doorward_rule& rule : *rules) {
    if ((rule.operations & ~all_operations) != 0)
      return fault("has a rule with an operation that there is not");
    const auto addresses = elements(rule.addresses, rule.address_count, left);
    if (!addresses)
      return fault("has more addresses than " + std::to_string(DOORWARD_MAX_ADDRESSES) +
                   ", or none where it says some");
    left -= addresses->size();
    AddressRule& made = into.rules.emplace_back();
    made.operations = {.send = (rule.operations & DOORWARD_SEND) != 0,
                       .recv = (rule.operations & DOORWARD_RECV) != 0,
                       .view = (rule.operations & DOORWARD_VIEW) != 0,
                       .manage = (rule.operations & DOORWARD_MANAGE) != 0};
    for (const doorward_bytes& bytes : *addresses) {
      const auto address = view(bytes);
      if (!address) return fault("has an address without bytes");
      if (auto checked = check_address(*address); !checked)
        return fault("has a rule that nobody may write: " + checked.error().message);
      made.addresses.emplace_back(*address);
    }
  }
  return std::nullopt;
}

Answer read_acceptance(const doorward_answer& raw, bool admin_allowed, Answer answer) {
  const auto identity = view(raw.identity);
  if (!identity || !is_name(*identity, DOORWARD_MAX_IDENTITY))
    return fault("has an identity that is empty, too long, not UTF-8 or with a control character");
  answer.verdict = Verdict::accepted;
  answer.identity = *identity;
  if (raw.rights == DOORWARD_RIGHTS_STORED) return answer;
  if (raw.rights != DOORWARD_RIGHTS_GIVEN) return fault("says nothing of where the rights come from");
  answer.rights_given = true;
  if (auto wrong = read_groups(raw, admin_allowed, answer)) return std::move(*wrong);
  if (auto wrong = read_rules(raw, answer)) return std::move(*wrong);
  return answer;
}

}  // namespace

Answer read_answer(const doorward_answer* given, CallKind kind, bool admin_allowed) {
  if (given == nullptr) return fault("is none: NULL");
  if (given->size < least_answer_bytes) return fault("is too small: set `size` to sizeof(doorward_answer)");
  doorward_answer raw{};
  std::memcpy(&raw, given, std::min(given->size, sizeof raw));

  Answer answer{.verdict = Verdict::fault, .reason = read_reason(raw.reason)};
  const auto challenge = view(raw.challenge);
  if (!challenge || challenge->size() > DOORWARD_MAX_CHALLENGE)
    return fault("has a challenge of more than " + std::to_string(DOORWARD_MAX_CHALLENGE) +
                 " bytes, or without bytes");
  answer.challenge = *challenge;
  switch (raw.outcome) {
    case DOORWARD_CONTINUE:
      if (kind != CallKind::exchange) return fault("wants to go on where one answer ends it");
      answer.verdict = Verdict::proceed;
      return answer;
    case DOORWARD_ACCEPTED:
      if (kind == CallKind::check) {
        answer.verdict = Verdict::accepted;
        return answer;
      }
      if (kind == CallKind::password && !answer.challenge.empty())
        return fault("has a challenge for a client that spoke PLAIN");
      return read_acceptance(raw, admin_allowed, std::move(answer));
    case DOORWARD_REFUSED:
      answer.verdict = Verdict::refused;
      break;
    case DOORWARD_UNAVAILABLE:
      answer.verdict = Verdict::unavailable;
      break;
    case DOORWARD_FAULT:
      if (answer.reason.empty()) answer.reason = "the plugin gave no reason";
      break;
    default:
      return fault("has an outcome that there is not: " + std::to_string(raw.outcome));
  }
  answer.challenge.clear();
  return answer;
}

}  // namespace doorward::plugins
