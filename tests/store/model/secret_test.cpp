#include "store/model/secret.hpp"

#include <new>
#include <ostream>
#include <sstream>
#include <type_traits>

#include <gtest/gtest.h>

namespace doorward {
namespace {

constexpr std::string_view short_text = "pencil";
constexpr std::string_view long_text =
    "a passphrase that is far too long for the small-string buffer of std::string";

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view> &&
              !std::is_convertible_v<std::string_view, Secret>);
static_assert(!Printable<Secret>);

// All bytes of the object and of the buffer that it has; the string must not be a secret any more.
std::string everything_in(const std::string& text) {
  std::string bytes(reinterpret_cast<const char*>(&text), sizeof text);
  bytes.append(text.data(), text.capacity());
  return bytes;
}

TEST(Secret, keeps_the_bytes_it_was_made_of) {
  EXPECT_EQ(Secret(short_text).reveal(), short_text);
  EXPECT_EQ(Secret("pencil").size(), 6U);
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret(long_text).clone().reveal(), long_text);
}

TEST(Secret, leaves_nothing_in_the_string_that_it_was_moved_from) {
  for (const std::string_view text : {short_text, long_text}) {
    std::string source(text);
    const Secret secret(std::move(source));
    EXPECT_EQ(secret.reveal(), text);
    EXPECT_TRUE(source.empty());
    EXPECT_EQ(everything_in(source).find(text), std::string::npos);
  }
}

TEST(Secret, leaves_nothing_in_the_secret_that_it_was_moved_from) {
  for (const std::string_view text : {short_text, long_text}) {
    Secret source(text);
    Secret target = std::move(source);
    EXPECT_EQ(target.reveal(), text);
    EXPECT_TRUE(source.empty());
    const std::string object(reinterpret_cast<const char*>(&source), sizeof source);
    EXPECT_EQ(object.find(text), std::string::npos);

    Secret assigned("before");
    assigned = std::move(target);
    EXPECT_EQ(assigned.reveal(), text);
    EXPECT_TRUE(target.empty());
  }
}

TEST(Secret, survives_an_assignment_to_itself) {
  Secret secret(long_text);
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), long_text);
}

TEST(Secret, is_wiped_when_it_goes) {
  // A short secret lies inside of the object, whose memory is ours here and may be looked at afterwards.
  alignas(Secret) std::byte memory[sizeof(Secret)] = {};
  auto* secret = new (memory) Secret(short_text);
  const auto holds_text = [&] {
    std::string bytes(sizeof memory, '\0');
    for (std::size_t i = 0; i < sizeof memory; ++i) {
      bytes[i] = static_cast<char>(static_cast<const volatile std::byte*>(memory)[i]);
    }
    return bytes.contains(short_text);
  };
  ASSERT_TRUE(holds_text());
  secret->~Secret();
  EXPECT_FALSE(holds_text());
}

TEST(Secret, wiping_reaches_what_a_string_holds_behind_its_end) {
  std::string text(long_text);
  text.resize(3);
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(everything_in(text).find(long_text.substr(4, 8)), std::string::npos);
}

TEST(Secret, equals_what_has_the_same_bytes_and_nothing_else) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(Secret("pencil").equals("pencil"));
  EXPECT_TRUE(Secret().equals(""));
  EXPECT_FALSE(Secret("pencil").equals("pencim"));
  EXPECT_FALSE(Secret("pencil").equals("qencil"));
  EXPECT_FALSE(Secret("pencil").equals("penci"));
  EXPECT_FALSE(Secret("pencil").equals("pencil\0"sv));
  EXPECT_FALSE(Secret("pencil").equals(""));
  EXPECT_TRUE(equal_in_constant_time("a\0b"sv, "a\0b"sv));
  EXPECT_FALSE(equal_in_constant_time("a\0b"sv, "a\0c"sv));
}

}  // namespace
}  // namespace doorward
