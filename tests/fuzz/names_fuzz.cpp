// A text that a peer sent, held against the names of the model: what is accepted matches the published
// patterns, UTF-8 is what the C library reads as such, and what goes to a log is one safe line.
#include "store/model/names.hpp"
#include "tests/fuzz/exchange_input.hpp"

#include <algorithm>
#include <iconv.h>
#include <regex>

namespace {

using namespace doorward;
using fuzz::must;

// A regex engine backtracks for ever on longer texts.
constexpr std::size_t short_enough = 24;

bool matches(const std::string& text, const std::regex& pattern) { return std::regex_match(text, pattern); }

void check_patterns(const std::string& text) {
  static const std::regex username("^[a-z0-9]+([a-z0-9_@.:\\-]*[a-z0-9]+|[a-z0-9]*)$");
  static const std::regex realm("[a-z0-9]([a-z0-9.\\-]*[a-z0-9])?");
  static const std::regex label("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  static const std::regex space("[a-z]([-a-z0-9]*[a-z0-9])?");
  static const std::regex subdomain("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  must(Username::parse(text).has_value() == matches(text, username), "a username");
  must(Realm::parse(text).has_value() == matches(text, realm), "a realm");
  must(is_dns_label(text) == matches(text, label), "a label");
  must(is_address_space_name(text) == matches(text, space), "the name of an address space");
  must(is_dns_subdomain(text) == matches(text, subdomain), "a subdomain");
}

// UTF-16 has neither surrogates nor anything above U+10FFFF to be converted to.
bool iconv_reads(std::string text) {
  static const iconv_t converter = iconv_open("UTF-16LE", "UTF-8");
  std::string out(text.size() * 2 + 4, '\0');
  char* from = text.data();
  char* to = out.data();
  std::size_t left = text.size();
  std::size_t room = out.size();
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  return iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1) && left == 0;
}

void check_quoted(const std::string& text) {
  for (const std::size_t bound : {std::size_t{0}, std::size_t{7}, std::size_t{64}, text.size()}) {
    const std::string shown = quoted(text, bound);
    must(shown.starts_with('"') && (bound < text.size() || shown.ends_with('"')), "quotes are missing");
    must(shown.size() <= 4 * bound + 40, "longer than its bound");
    must(is_utf8(shown), "what is shown is no UTF-8");
    must(std::ranges::none_of(shown, [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
         "a control character");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (size <= short_enough) check_patterns(text);
  must(is_utf8(text) == iconv_reads(text), "UTF-8");
  check_quoted(text);
  const std::string_view half = std::string_view(text).substr(0, size / 2);
  must(Realm::of_address_space(half, text).has_value(), "an address space has no realm");
  return 0;
}
