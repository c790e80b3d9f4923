// Everything that comes back from a plugin: an answer whose numbers, sizes and bytes are the input's. Its
// pointers point at memory that is as long as the sizes say, or at nothing, since no reader can tell a
// pointer that lies. Whatever is taken keeps the bounds of doorward_plugin.h, and grants nothing that a
// MessagingUser could not have.
#include "plugins/host/answer.hpp"
#include "policies/addresses.hpp"
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <algorithm>
#include <deque>

namespace {

using namespace doorward;
using namespace doorward::plugins;
using fuzz::must;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  std::uint8_t byte() {
    const std::uint8_t first = rest_.empty() ? 0 : static_cast<std::uint8_t>(rest_.front());
    if (!rest_.empty()) rest_.remove_prefix(1);
    return first;
  }
  // A copy of its own, so that AddressSanitizer sees a read behind its end; now and then a size without
  // bytes.
  doorward_bytes bytes() {
    const std::size_t size = byte() == 255 ? byte() * 97u : std::min<std::size_t>(byte(), rest_.size());
    if (size > rest_.size()) return {nullptr, size};
    kept_.emplace_back(rest_.substr(0, size));
    kept_.back().shrink_to_fit();
    rest_.remove_prefix(size);
    return {kept_.back().data(), size};
  }

 private:
  std::string_view rest_;
  std::deque<std::string> kept_;
};

bool is_clean(std::string_view text, std::size_t most) {
  return text.size() <= most && is_utf8(text) && !has_control_character(text);
}

void check_taken(const Answer& answer, bool admin_allowed) {
  must(!answer.identity.empty() && is_clean(answer.identity, DOORWARD_MAX_IDENTITY), "an unfit identity");
  must(answer.groups.size() <= DOORWARD_MAX_GROUPS && answer.rules.size() <= DOORWARD_MAX_RULES, "too much");
  for (const std::string& group : answer.groups) {
    must(!group.empty() && is_clean(group, DOORWARD_MAX_GROUP), "an unfit group");
    must(admin_allowed || group != "admin", "the group admin");
  }
  std::size_t addresses = 0;
  for (const AddressRule& rule : answer.rules) {
    addresses += rule.addresses.size();
    for (const std::string& address : rule.addresses)
      must(check_address(address).has_value(), "an address that nobody may write");
  }
  must(addresses <= DOORWARD_MAX_ADDRESSES, "too many addresses");
  must(answer.rights_given || (answer.groups.empty() && answer.rules.empty()), "rights that were not given");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto kind = static_cast<CallKind>(input.byte() % 3);
  const bool admin_allowed = input.byte() % 2 == 1;
  doorward_answer raw{};
  raw.size = sizeof raw - (input.byte() == 255 ? 1 : 0);
  raw.outcome = input.byte() % 8;
  raw.rights = input.byte() % 4;
  raw.reason = input.bytes();
  raw.challenge = input.bytes();
  raw.identity = input.bytes();
  std::vector<doorward_bytes> groups(input.byte());
  for (doorward_bytes& group : groups) group = input.bytes();
  std::vector<doorward_bytes> addresses(input.byte());
  for (doorward_bytes& address : addresses) address = input.bytes();
  std::vector<doorward_rule> rules(input.byte());
  for (doorward_rule& rule : rules) rule = {addresses.data(), addresses.size(), input.byte()};
  raw.groups = groups.data();
  raw.group_count = groups.size();
  raw.rules = rules.data();
  raw.rule_count = rules.size();

  const Answer answer = read_answer(&raw, kind, admin_allowed);
  must(is_utf8(answer.reason) && !has_control_character(answer.reason), "a reason that is unfit for a log");
  must(answer.challenge.size() <= DOORWARD_MAX_CHALLENGE, "a challenge that fits no frame");
  if (answer.verdict == Verdict::accepted && kind != CallKind::check) check_taken(answer, admin_allowed);
  must(answer.verdict != Verdict::proceed || kind == CallKind::exchange, "a password that goes on");
  must(!answer.broke_a_rule || (answer.verdict == Verdict::fault && answer.identity.empty()),
       "a half taken answer");
  return 0;
}
