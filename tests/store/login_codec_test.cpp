#include "store/login_codec.hpp"

#include "tests/store/samples.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using samples::credential;

std::string encoded(const LoginContent& content) {
  const auto bytes = encode_login(content.type, content.credentials, content.authorization);
  EXPECT_TRUE(bytes.has_value()) << (bytes ? "" : bytes.error().message);
  return bytes.value_or("");
}

LoginContent full_content() {
  return {.type = UserType::password,
          .credentials = {credential(ScramHash::sha1, '1'), credential(ScramHash::sha256, '2', 2),
                          credential(ScramHash::sha512, '3')},
          .authorization = {{.addresses = {"orders", ""}, .operations = {.send = true, .manage = true}},
                            {.addresses = {}, .operations = {.recv = true, .view = true}}}};
}

TEST(LoginCodec, writes_the_form_that_its_grammar_says) {
  // Byte by byte: rows that were written once must be read for ever.
  ScramCredential c{.hash = ScramHash::sha1, .salt = "0123456789abcdef", .iterations = 0x1234};
  c.keys.push_back({std::string(20, 'S'), std::string(20, 'V'), std::nullopt});
  c.keys.push_back(
      {std::string(20, 's'), std::string(20, 'v'), std::chrono::sys_seconds(std::chrono::seconds(258))});
  const LoginContent content{
      .type = UserType::serviceaccount,
      .credentials = {c},
      .authorization = {{.addresses = {"ab"}, .operations = {.send = true, .recv = true}}}};
  using namespace std::string_literals;
  EXPECT_EQ(encoded(content),
            "\x01\x02\x01"
            "\x00\x00\x00\x12\x34\x10"
            "0123456789abcdef"
            "\x02\x00"s +
                std::string(20, 'S') + std::string(20, 'V') + "\x01\x00\x00\x00\x00\x00\x00\x01\x02"s +
                std::string(20, 's') + std::string(20, 'v') + "\x00\x01\x03\x00\x01\x00\x02"s + "ab");
}

TEST(LoginCodec, reads_back_what_it_wrote) {
  LoginContent no_credentials = full_content();
  no_credentials.type = UserType::federated;
  no_credentials.credentials.clear();
  LoginContent before_1970 = full_content();
  before_1970.credentials[1].keys[1].not_after = std::chrono::sys_seconds(std::chrono::seconds(-1));
  LoginContent largest = full_content();
  largest.authorization.assign(65'535, {});
  largest.authorization[0].addresses.assign(65'535, "");
  largest.authorization[1].addresses = {std::string(65'535, 'x')};
  for (const LoginContent& content : {LoginContent(), full_content(), no_credentials, before_1970, largest}) {
    const auto decoded = decode_login(encoded(content));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(*decoded == content);
  }
}

TEST(LoginCodec, refuses_a_record_that_is_cut_at_any_byte_or_goes_on) {
  const std::string bytes = encoded(full_content());
  for (std::size_t end = 0; end < bytes.size(); ++end) {
    const auto decoded = decode_login(std::string_view(bytes).substr(0, end));
    ASSERT_FALSE(decoded.has_value()) << end;
    EXPECT_EQ(decoded.error().code, ErrorCode::internal);
  }
  EXPECT_FALSE(decode_login(bytes + '\0').has_value());
}

TEST(LoginCodec, refuses_what_it_would_not_write) {
  const std::string bytes =
      encoded({.credentials = {credential(ScramHash::sha256, '2')}, .authorization = {{}}});
  struct Case {
    const char* behaviour;
    std::size_t at;
    char value;
  };
  const Case cases[] = {
      {"another format", 0, 2},       {"an unknown type of user", 1, 3},
      {"an unknown hash", 3, 3},      {"iterations below 4096", 6, 0},
      {"a short salt", 8, 15},        {"no pair of keys", 25, 0},
      {"three pairs of keys", 25, 3}, {"an end that is neither there nor not", 26, 2},
  };
  for (const Case& c : cases) {
    std::string spoilt = bytes;
    ASSERT_NE(spoilt.at(c.at), c.value) << c.behaviour;
    spoilt[c.at] = c.value;
    EXPECT_FALSE(decode_login(spoilt).has_value()) << c.behaviour;
  }
  std::string unknown_operation = bytes;
  unknown_operation[bytes.size() - 3] = 16;
  EXPECT_FALSE(decode_login(unknown_operation).has_value());
}

TEST(LoginCodec, refuses_to_write_what_is_out_of_bounds) {
  const auto refused = [](auto spoil) {
    LoginContent content = full_content();
    spoil(content);
    const auto bytes = encode_login(content.type, content.credentials, content.authorization);
    return !bytes && bytes.error().code == ErrorCode::invalid;
  };
  EXPECT_FALSE(refused([](LoginContent&) {}));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials.push_back(c.credentials[0]); }))
      << "two of one hash";
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].iterations = 4'095; }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].iterations = 100'001; }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].salt.resize(15); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].salt.resize(65); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].keys.clear(); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].keys.resize(3, c.credentials[0].keys[0]); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].keys[0].stored_key.pop_back(); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.credentials[0].keys[0].server_key.push_back('x'); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.authorization.resize(65'536); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.authorization[0].addresses.resize(65'536); }));
  EXPECT_TRUE(refused([](LoginContent& c) { c.authorization[0].addresses[0].assign(65'536, 'x'); }));
}

}  // namespace
}  // namespace doorward
