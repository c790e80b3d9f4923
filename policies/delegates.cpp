#include "policies/delegates.hpp"

#include "policies/addresses.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <boost/multiprecision/cpp_int.hpp>

namespace doorward {
namespace {

using OperationName = std::pair<Operation, std::string_view>;
constexpr OperationName operation_names[] = {{Operation::send, "send"},
                                             {Operation::recv, "recv"},
                                             {Operation::view, "view"},
                                             {Operation::manage, "manage"}};

bool router_matches(std::string_view entry, std::string_view address) {
  if (!entry.ends_with('*')) return entry == address;
  entry.remove_suffix(1);
  return address.starts_with(entry);
}

// The `/` in front of a `#` belongs to it, so that `a/#` stands for `a` too. A `/` before both sides lets a
// leading `#` be read like any other.
std::string broker_pattern(std::string_view entry) {
  std::string result = "/";
  for (const char c : entry) {
    const char read = c == '*' ? '#' : c;
    if (read == '#' && result.ends_with('/')) result.pop_back();
    result += read;
  }
  return result;
}

// An address that entries are held against. All the places that a pattern can have come to are kept at once,
// a bit for each: what a user wrote may cost neither exponential time nor its length times the address's,
// since whoever may ask about a user has every entry of his tried.
class BrokerAddress {
 public:
  explicit BrokerAddress(std::string_view address) {
    add('/');
    for (const char c : address.substr(0, max_address_bytes)) add(c);
    in_words_ = (end_ - 1) & ~at('/');
  }

  bool is_matched_by(std::string_view entry) const {
    Places reached = 1;
    for (const char token : broker_pattern(entry)) {
      switch (token) {
        case '+':
          reached = on_in_word((reached & in_words_) << 1);
          break;
        case '#':
          reached |= any_words_from(reached);
          break;
        default:
          reached = (reached & at(token)) << 1;
      }
      if (reached == 0) return false;
    }
    return (reached & end_) != 0;
  }

 private:
  using Bits = boost::multiprecision::cpp_int_backend<max_address_bytes + 64, max_address_bytes + 64,
                                                      boost::multiprecision::unsigned_magnitude,
                                                      boost::multiprecision::unchecked, void>;
  using Places = boost::multiprecision::number<Bits>;

  void add(char c) {
    places_[static_cast<unsigned char>(c)] |= end_;
    end_ <<= 1;
  }
  const Places& at(char c) const { return places_[static_cast<unsigned char>(c)]; }
  // The sum carries each place through the rest of its word.
  Places on_in_word(const Places& from) const {
    return (((from & in_words_) + in_words_) ^ in_words_) | from;
  }
  // All that lies beyond the first `/` and something behind it.
  Places any_words_from(const Places& from) const {
    const Places slashes = from & at('/');
    const Places first = slashes & (~slashes + 1);
    return ~(first << 2) + 1;
  }

  std::array<Places, 256> places_{};  // where each character stands
  Places end_ = 1;
  Places in_words_ = 0;
};

// An address, as a delegate sees it.
class Asked {
 public:
  Asked(Delegate delegate, std::string_view address) : address_(address) {
    if (delegate == Delegate::broker) broker_.emplace(address);
  }
  bool is_matched_by(std::string_view entry) const {
    return broker_ ? broker_->is_matched_by(entry) : router_matches(entry, address_);
  }

 private:
  std::string_view address_;
  std::optional<BrokerAddress> broker_;
};

bool is_in_group(const Authorization& authorization, std::string_view group) {
  return std::ranges::find(authorization.groups, group) != authorization.groups.end();
}

}  // namespace

std::string_view to_string(Delegate delegate) { return delegate == Delegate::router ? "router" : "broker"; }

std::string_view to_string(Operation operation) {
  return std::ranges::find(operation_names, operation, &OperationName::first)->second;
}

std::optional<Operation> parse_operation(std::string_view text) {
  const auto found = std::ranges::find(operation_names, text, &OperationName::second);
  return found == std::end(operation_names) ? std::nullopt : std::optional(found->first);
}

bool matches(Delegate delegate, std::string_view entry, std::string_view address) {
  return Asked(delegate, address).is_matched_by(entry);
}

std::optional<std::string_view> entry_for(const Authorization& authorization, Delegate delegate,
                                          Operation operation, std::string_view address) {
  const Asked asked(delegate, address);
  const auto allows = [&](const auto& entry) {
    const Permissions& permissions = entry.second;
    return (operation == Operation::send ? permissions.send : permissions.recv) &&
           asked.is_matched_by(entry.first);
  };
  const auto exact = authorization.addresses.find(address);
  if (exact != authorization.addresses.end() && allows(*exact)) return exact->first;
  const auto found = std::ranges::find_if(authorization.addresses, allows);
  if (found == authorization.addresses.end()) return std::nullopt;
  return found->first;
}

bool may(const Authorization& authorization, Delegate delegate, Operation operation,
         std::string_view address) {
  if (!authorization.limited) return true;
  switch (operation) {
    case Operation::manage:
      return is_in_group(authorization, manage_group);
    case Operation::view:
      return is_in_group(authorization, monitor_group);
    case Operation::send:
    case Operation::recv:
      return entry_for(authorization, delegate, operation, address).has_value();
  }
  return false;
}

}  // namespace doorward
