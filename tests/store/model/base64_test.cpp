#include "store/model/base64.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::string_view_literals;

struct Vector {
  std::string_view bytes;
  std::string_view text;
};

TEST(Base64, agrees_with_the_vectors_of_rfc_4648_and_with_coreutils) {
  const Vector vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\0"sv, "AA=="},
      {"\0\0\0"sv, "AAAA"},
      {"\xff\xff\xff", "////"},
      {"\xfb\xef\xbe", "++++"},
      {"\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82"
       "\x18"
       "\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"sv,
       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
  };
  for (const Vector& v : vectors) {
    EXPECT_EQ(base64_encode(v.bytes), v.text);
    EXPECT_EQ(base64_decode(v.text), v.bytes) << v.text;
  }
}

TEST(Base64, refuses_every_text_that_would_not_be_made_by_encoding) {
  const std::pair<const char*, std::string_view> cases[] = {
      {"one digit", "Z"},
      {"two digits without padding", "Zg"},
      {"three digits without padding", "Zm8"},
      {"half of the padding", "Zg="},
      {"padding too many", "Zm8=="},
      {"padding of three", "Z==="},
      {"nothing but padding", "===="},
      {"two pads alone", "=="},
      {"padding after whole groups", "Zm9v===="},
      {"padding in the middle", "Zg==Zg=="},
      {"a digit behind padding", "Zg=v"},
      {"bits left over before two pads", "Zh=="},
      {"the lowest left over bit before one pad", "Zm9="},
      {"a line break at the end", "Zm9v\n"},
      {"a line break that fills a group", "Zm9vZg=\n"},
      {"a space within", "Zm 9vZg="},
      {"the URL alphabet's hyphen", "--__"},
      {"a NUL", "Zm9\0"sv},
      {"a byte above ASCII", "Zm9\xc3"},
  };
  for (const auto& [behaviour, text] : cases) EXPECT_EQ(base64_decode(text), std::nullopt) << behaviour;
}

TEST(Base64, reads_back_what_it_wrote_for_every_byte_at_every_place) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t length = 1; length <= 4; ++length) {
      for (std::size_t place = 0; place < length; ++place) {
        std::string bytes(length, '\x5a');
        bytes[place] = static_cast<char>(byte);
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
      }
    }
  }
}

}  // namespace
}  // namespace doorward
