// The writer against real files: restarts, torn lines, rotation, a full disk.
#include "server/audit/writer.hpp"

#include "server/audit/key.hpp"
#include "server/audit/verify.hpp"
#include "tests/store/temporary_directory.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuditWriter : public ::testing::Test {
 protected:
  Writer open() { return std::move(Writer::open(file, keys.path(), "1").value()); }
  static void put(Writer& writer, int lines = 1) {
    for (int i = 0; i < lines; ++i) writer.add("\"event\":\"x\"");
    ASSERT_TRUE(writer.write());
  }
  std::vector<std::string> faults(const std::vector<std::filesystem::path>& files,
                                  std::optional<Position> expect = {}) const {
    const Secret key = read_key(keys.path()).value();
    Verifier verifier(key, expect);
    std::vector<std::string> found;
    for (const auto& name : files) {
      std::ifstream in(name);
      for (std::string line; std::getline(in, line);) {
        if (std::string fault = verifier.line(line, !in.eof()); !fault.empty()) found.push_back(fault);
      }
    }
    if (std::string fault = verifier.end(); !fault.empty()) found.push_back(fault);
    return found;
  }
  void append(std::string_view text) const { std::ofstream(file, std::ios::app) << text; }

  TemporaryDirectory keys, folder;
  std::filesystem::path file = folder / "audit.jsonl";
};

TEST_F(AuditWriter, a_restart_goes_on_with_the_chain) {
  Position last;
  for (int i = 0; i < 3; ++i) {
    Writer writer = open();
    put(writer, 2);
    last = writer.last();
  }
  EXPECT_EQ(last.seq, 9u);
  EXPECT_THAT(faults({file}, last), IsEmpty());
  struct stat made{};
  for (const auto& path : {file, key_file(keys.path()), position_file(keys.path())}) {
    ASSERT_EQ(stat(path.c_str(), &made), 0);
    EXPECT_EQ(made.st_mode & 0777, 0600u) << path;
  }
}

TEST_F(AuditWriter, a_line_that_a_crash_has_torn_is_closed) {
  {
    Writer writer = open();
    put(writer);
  }
  append("{\"instance\":\"00");
  Writer writer = open();
  put(writer);
  EXPECT_THAT(faults({file}, writer.last()), IsEmpty());
}

TEST_F(AuditWriter, a_first_line_that_was_torn_is_closed) {
  append("{\"ins");
  Writer writer = open();
  put(writer);
  EXPECT_THAT(faults({file}, writer.last()), IsEmpty());
}

TEST_F(AuditWriter, a_whole_line_without_its_end_is_kept) {
  {
    Writer writer = open();
    put(writer);
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  Writer writer = open();
  put(writer);
  EXPECT_EQ(writer.last().seq, 4u);
  EXPECT_THAT(faults({file}, writer.last()), IsEmpty());
}

TEST_F(AuditWriter, a_tail_that_was_cut_while_nobody_ran_shows_without_an_anchor) {
  {
    Writer writer = open();
    put(writer);
  }
  const auto size = std::filesystem::file_size(file);
  {
    Writer writer = open();
    put(writer, 3);
  }
  std::filesystem::resize_file(file, size);
  Writer writer = open();
  put(writer);
  EXPECT_THAT(faults({file}), ElementsAre(HasSubstr("lines 3 to 6 are missing")));
}

TEST_F(AuditWriter, a_rotation_begins_a_file_with_the_last_mac_of_the_old_one) {
  Writer writer = open();
  put(writer);
  ASSERT_TRUE(writer.reopen());  // nothing has moved
  EXPECT_EQ(writer.pending(), 0u);
  const std::filesystem::path old = folder / "audit.1";
  std::filesystem::rename(file, old);
  put(writer);  // into the old one, until it is told
  ASSERT_TRUE(writer.reopen());
  put(writer);
  EXPECT_THAT(faults({old, file}, writer.last()), IsEmpty());
  EXPECT_THAT(faults({file}, writer.last()), IsEmpty());
  EXPECT_THAT(faults({file, old}), Not(IsEmpty()));
}

TEST_F(AuditWriter, a_file_that_cannot_be_made_anew_leaves_the_old_one) {
  Writer writer = open();
  put(writer);
  const std::filesystem::path old = folder / "audit.1";
  std::filesystem::rename(file, old);
  std::filesystem::create_directory(file);
  EXPECT_FALSE(writer.reopen());
  put(writer);
  EXPECT_THAT(faults({old}, writer.last()), IsEmpty());
}

// The limit is that of the process, so it holds for the write alone.
TEST_F(AuditWriter, what_a_full_disk_has_cut_is_taken_back_and_written_later) {
  Writer writer = open();
  put(writer);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const auto size = std::filesystem::file_size(file);
  writer.add("\"event\":\"x\"");
  writer.add("\"event\":\"x\"");
  const rlimit small{size + 200, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const bool written = writer.write();
  const auto full = std::filesystem::file_size(file);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(written);
  EXPECT_EQ(writer.error(), EFBIG);
  EXPECT_EQ(writer.pending(), 1u);
  EXPECT_LT(full, size + 200);  // only the whole line stayed
  EXPECT_THAT(faults({file}, writer.last()), IsEmpty());
  ASSERT_TRUE(writer.write());
  EXPECT_EQ(writer.last().seq, 4u);
  EXPECT_THAT(faults({file}, writer.last()), IsEmpty());
}

TEST_F(AuditWriter, no_other_file_is_appended_to) {
  append("root:x:0:0\n");
  const auto refused = Writer::open(file, keys.path(), "1");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("holds something else than an audit"));
}

TEST_F(AuditWriter, a_key_that_others_can_read_or_that_is_none_is_refused) {
  {
    Writer writer = open();
  }
  const auto key = key_file(keys.path());
  ASSERT_EQ(chmod(key.c_str(), 0640), 0);
  EXPECT_THAT(Writer::open(file, keys.path(), "1").error().message, HasSubstr("chmod 600"));
  ASSERT_EQ(chmod(key.c_str(), 0600), 0);
  std::ofstream(key) << "short\n";
  EXPECT_THAT(Writer::open(file, keys.path(), "1").error().message, HasSubstr("holds no key"));
}

}  // namespace
}  // namespace doorward::audit
