// See saslprep.hpp. Works on UCS-4 in one buffer that holds any outcome: libidn's own loops start small and
// begin anew each time the text has grown.
#include "mechanisms/saslprep.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include <openssl/crypto.h>
#include <stringprep.h>

namespace doorward {
namespace {

// U+FDFA becomes 18 code points, more than any other.
constexpr std::size_t max_growth = 18;

struct FreedByLibidn {
  template <class T>
  void operator()(T* memory) const {
    free(memory);
  }
};

}  // namespace

std::string saslprep(std::string_view text) {
  const bool ascii = std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
  if (ascii || text.size() > max_saslprep_bytes || !is_utf8(text) || text.contains('\0'))
    return std::string(text);

  std::size_t length = 0;
  std::unique_ptr<std::uint32_t, FreedByLibidn> decoded(
      stringprep_utf8_to_ucs4(text.data(), static_cast<ssize_t>(text.size()), &length));
  if (!decoded) return std::string(text);
  std::vector<std::uint32_t> code_points(length * max_growth + 1);  // libidn wants one to spare
  std::copy_n(decoded.get(), length, code_points.begin());
  OPENSSL_cleanse(decoded.get(), length * sizeof(std::uint32_t));

  const int outcome = stringprep_4i(code_points.data(), &length, code_points.size(), STRINGPREP_NO_UNASSIGNED,
                                    stringprep_saslprep);
  std::string prepared;
  if (outcome == STRINGPREP_OK && length > 0) {
    std::size_t written = 0;
    std::unique_ptr<char, FreedByLibidn> encoded(
        stringprep_ucs4_to_utf8(code_points.data(), static_cast<ssize_t>(length), nullptr, &written));
    if (encoded) {
      prepared.assign(encoded.get(), written);
      OPENSSL_cleanse(encoded.get(), written);
    }
  }
  OPENSSL_cleanse(code_points.data(), code_points.size() * sizeof(std::uint32_t));
  return prepared.empty() ? std::string(text) : prepared;
}

}  // namespace doorward
