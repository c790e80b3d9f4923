// tokens.yaml: what is read, what is refused and where, and what `token create` does to it.
#include "server/callers/token_file.hpp"

#include "tests/server/callers/folder.hpp"

#include <set>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string digest(64, 'a');

std::string refusal(const std::string& text) {
  const auto parsed = parse_tokens(text, "tokens.yaml");
  return parsed ? "" : parsed.error().message;
}

TEST(TokenFileTest, reads_names_groups_and_digests) {
  const auto parsed = parse_tokens("tokens:\n- {name: ci, groups: [a, b], sha256: " + digest + "}\n", "f");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(*parsed, ElementsAre(TokenEntry{"ci", {"a", "b"}, digest}));
}

TEST(TokenFileTest, reads_no_tokens_from_an_empty_file) {
  EXPECT_TRUE(parse_tokens("", "f")->empty());
  EXPECT_TRUE(parse_tokens("# none\n", "f")->empty());
  EXPECT_TRUE(parse_tokens("tokens: []", "f")->empty());
}

TEST(TokenFileTest, reads_what_it_writes) {
  const std::vector<TokenEntry> entries{{"a: \"b\" # c", {"yes", "1", "- x"}, digest}, {"d", {}, digest}};
  EXPECT_EQ(*parse_tokens(format_tokens(entries), "f"), entries);
  EXPECT_TRUE(parse_tokens(format_tokens({}), "f")->empty());
}

TEST(TokenFileTest, says_where_a_fault_is) {
  const std::string second = "tokens:\n- {name: a, sha256: " + digest + "}\n- {name: b, sha256: short}\n";
  EXPECT_THAT(refusal(second), HasSubstr("tokens.yaml:3: tokens[1]: `sha256` must be 64 digits"));
  EXPECT_THAT(refusal("tokens:\n- {name: '', sha256: " + digest + "}"), HasSubstr("is no name"));
  EXPECT_THAT(refusal("tokens:\n- {sha256: " + digest + "}"), HasSubstr("is no name"));
  EXPECT_THAT(refusal("tokens:\n- {name: \"a\\nb\", sha256: " + digest + "}"), HasSubstr("is no name"));
  EXPECT_THAT(refusal("tokens:\n- {name: a, groups: [1], sha256: " + digest + "}"), HasSubstr("\"groups\""));
  EXPECT_THAT(refusal("tokens:\n- {name: a, token: x}"), HasSubstr("\"token\" is unknown"));
  EXPECT_THAT(refusal("tokens:\n- a"), HasSubstr("must be a mapping"));
  EXPECT_THAT(refusal("users: []"), HasSubstr("the one key `tokens`"));
  EXPECT_THAT(refusal("tokens: {}"), HasSubstr("the one key `tokens`"));
  EXPECT_THAT(refusal("tokens: []\n---\ntokens: []"), HasSubstr("the one key `tokens`"));
}

TEST(TokenFileTest, bounds_a_name_at_256_bytes) {
  const auto named = [](std::size_t size) {
    return refusal("tokens:\n- {name: " + std::string(size, 'n') + ", sha256: " + digest + "}");
  };
  EXPECT_EQ(named(256), "");
  EXPECT_THAT(named(257), HasSubstr("is no name"));
}

TEST(TokenFileTest, makes_tokens_of_256_random_bits) {
  std::set<std::string> made;
  for (int i = 0; i < 20; ++i) {
    const auto token = make_token();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->size(), 4u + 43u);
    EXPECT_EQ(token->reveal().find_first_of("+/="), std::string_view::npos);
    made.emplace(token->reveal());
  }
  EXPECT_EQ(made.size(), 20u);
}

TEST(TokenFileTest, digest_is_sha_256) {
  EXPECT_EQ(token_digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(TokenFileTest, adds_a_token_and_keeps_the_others) {
  const Folder folder;
  const auto file = folder.path / "tokens.yaml";
  const auto first = add_token(file, "a", {"g"});
  const auto second = add_token(file, "b", {});
  ASSERT_TRUE(first && second);
  EXPECT_THAT(*read_tokens(file), ElementsAre(TokenEntry{"a", {"g"}, token_digest(first->reveal())},
                                              TokenEntry{"b", {}, token_digest(second->reveal())}));
  EXPECT_EQ(folder.mode("tokens.yaml"), 0600u);
  EXPECT_THAT(folder.text("tokens.yaml"), Not(HasSubstr(std::string(first->reveal()))));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1)
      << "something was left over";
}

TEST(TokenFileTest, adds_nothing_to_a_faulty_file_or_under_a_bad_name) {
  const Folder folder;
  const auto file = folder.path / "tokens.yaml";
  EXPECT_FALSE(add_token(file, "", {}));
  EXPECT_FALSE(add_token(file, "a", {"b\n"}));
  EXPECT_FALSE(std::filesystem::exists(file));
  folder.write("tokens.yaml", "tokens: 1\n");
  EXPECT_FALSE(add_token(file, "a", {}));
  EXPECT_EQ(folder.text("tokens.yaml"), "tokens: 1\n");
}

TEST(TokenFileTest, gives_what_root_adds_to_the_owner_of_the_directory) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const Folder folder;
  ASSERT_EQ(::chown(folder.path.c_str(), 65'534, 65'533), 0);
  ASSERT_TRUE(add_token(folder.path / "tokens.yaml", "a", {}));
  struct stat status{};
  ASSERT_EQ(::stat((folder.path / "tokens.yaml").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 65'534u);
  EXPECT_EQ(status.st_gid, 65'533u);
  EXPECT_EQ(folder.mode("tokens.yaml"), 0600u);
}

TEST(TokenFileTest, wants_the_data_directory_to_be_there) {
  const auto refused = add_token("/nowhere/doorward/tokens.yaml", "a", {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("name the one of the server"));
}

}  // namespace
}  // namespace doorward
