#include "policies/addresses.hpp"

#include "store/model/names.hpp"

namespace doorward {
namespace {

std::unexpected<Error> refuse(std::string_view address, std::string_view why) {
  return fail(ErrorCode::invalid, "address " + quoted(address) + " " + std::string(why));
}

}  // namespace

Result<> check_address(std::string_view address) {
  if (address.empty()) return fail(ErrorCode::invalid, "an address is empty: write \"*\" for all addresses");
  if (address.size() > max_address_bytes) {
    return refuse(address, "has " + std::to_string(address.size()) + " bytes: use at most " +
                               std::to_string(max_address_bytes));
  }
  if (!is_utf8(address)) return refuse(address, "is not UTF-8: write it in UTF-8");
  if (has_control_character(address)) return refuse(address, "holds a control character: remove it");
  if (address.front() == ' ' || address.back() == ' ') {
    return refuse(address, "has white space at an end, which delegates cut off: remove it");
  }
  if (address.contains(',')) {
    return refuse(address, "holds a comma, and a router would read several addresses: list them one by one");
  }
  if (address.contains("${")) {
    return refuse(address, "holds \"${\", which a router would replace: write the address as it is");
  }
  return {};
}

std::vector<std::string> address_warnings(std::string_view address) {
  std::vector<std::string> warnings;
  const auto warn = [&](std::string_view what) {
    warnings.push_back("address " + quoted(address) + ": " + std::string(what));
  };
  if (address == "*") return warnings;
  if (address.contains('#')) warn("a broker reads \"#\" as any words, a router as the character itself");
  if (address.contains('+')) warn("a broker reads \"+\" as one word, a router as the character itself");
  const std::size_t star = address.find('*');
  if (star == std::string_view::npos) return warnings;
  if (star + 1 < address.size()) {
    warn("a broker reads every \"*\" as any words, a router only one at the end");
  } else if (star == 0 || address[star - 1] != '/') {
    warn("a router reads the \"*\" as any characters, a broker as any words behind a \"/\"");
  } else {
    const std::string_view above = address.substr(0, star - 1);
    const std::string beginning = quoted(address.substr(0, star), max_address_bytes);
    warn(above.empty() ? "a router reads it as " + beginning + " itself, too, and a broker does not"
                       : "a broker reads it as " + quoted(above, max_address_bytes) +
                             " itself, too, and a router only as what begins with " + beginning);
  }
  return warnings;
}

}  // namespace doorward
