// Every kind of tampering with lines, against the verifier.
#include "server/audit/verify.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Secret key("0123456789abcdef0123456789abcdef");

class AuditVerify : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 5; ++i) {
      lines.push_back(seal(key, instance_of(key), at, "\"event\":\"" + std::to_string(i) + "\"",
                           {.opens = i == 0 || i == 3}));
    }
  }
  std::vector<std::string> faults(std::optional<Position> expect = {}) const {
    Verifier verifier(key, expect);
    std::vector<std::string> found;
    for (const std::string& line : lines) {
      if (std::string fault = verifier.line(line, true); !fault.empty()) found.push_back(fault);
    }
    if (std::string fault = verifier.end(); !fault.empty()) found.push_back(fault);
    return found;
  }
  Position at;
  std::vector<std::string> lines;
};

TEST_F(AuditVerify, what_was_written_is_well) {
  EXPECT_THAT(faults(), IsEmpty());
  EXPECT_THAT(faults(at), IsEmpty());
}

TEST_F(AuditVerify, a_file_by_itself_is_well_from_where_a_file_begins) {
  lines.erase(lines.begin(), lines.begin() + 3);
  EXPECT_THAT(faults(), IsEmpty());
  lines.erase(lines.begin());
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("what was before it is missing")));
}

TEST_F(AuditVerify, an_altered_line_is_found_at_every_byte) {
  const std::string whole = lines[2];
  for (std::size_t i = 0; i < whole.size(); ++i) {
    lines[2][i] ^= 1;
    EXPECT_THAT(faults(), Not(IsEmpty())) << i;
    lines[2] = whole;
  }
}

TEST_F(AuditVerify, an_altered_line_is_one_fault) {
  lines[2].replace(lines[2].find("\"event\":\"2"), 10, "\"event\":\"9");
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("was altered, or the line before it was (line 3)")));
}

TEST_F(AuditVerify, a_missing_line_is_found) {
  lines.erase(lines.begin() + 2);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("is line 4: the line before it is missing")));
  lines.erase(lines.begin() + 1);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("is line 4: lines 2 to 3 are missing")));
}

TEST_F(AuditVerify, a_line_that_moved_or_stands_twice_is_found) {
  const auto whole = lines;
  std::swap(lines[1], lines[2]);
  EXPECT_THAT(faults(), Not(IsEmpty()));
  lines = whole;
  lines.insert(lines.begin() + 2, lines[1]);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("out of order, or twice")));
}

TEST_F(AuditVerify, a_line_that_was_put_in_is_found) {
  for (const char* line : {"", "hello", "{\"instance\":\"0123456789abcdef\",\"seq\":3,\"event\":\"x\"}"}) {
    lines.insert(lines.begin() + 2, line);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("put in"))) << line;
    lines.erase(lines.begin() + 2);
  }
}

TEST_F(AuditVerify, a_cut_tail_shows_against_an_anchor_only) {
  lines.pop_back();
  EXPECT_THAT(faults(), IsEmpty());
  EXPECT_THAT(faults(at), ElementsAre(HasSubstr("ends before line 5 of the anchor: its tail was cut")));
}

TEST_F(AuditVerify, an_anchor_that_is_elsewhere_or_another_is_told) {
  EXPECT_THAT(faults(Position{3, std::string(64, '0')}),
              ElementsAre(HasSubstr("has another MAC than the anchor")));
  lines.erase(lines.begin(), lines.begin() + 3);
  EXPECT_THAT(faults(Position{3, std::string(64, '0')}), ElementsAre(HasSubstr("name the older files")));
}

TEST_F(AuditVerify, another_key_is_told) {
  const Secret other("another");
  Verifier verifier(other, {});
  EXPECT_THAT(verifier.line(lines[0], true), HasSubstr("is of instance " + instance_of(key)));
}

TEST_F(AuditVerify, an_unfinished_line_needs_one_that_stands_for_it) {
  lines.push_back(lines[4].substr(0, 40));
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("ends with 1 line(s)")));
  lines.push_back(
      seal(key, instance_of(key), at, "\"event\":\"recovered\"", {.opens = true, .torn_bytes = 40}));
  EXPECT_THAT(faults(), IsEmpty());
  lines[5] += "x";
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("no lines of the audit")));
  lines.erase(lines.begin() + 5);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("no longer before it")));
}

TEST_F(AuditVerify, nothing_at_all_is_no_audit) {
  lines.clear();
  EXPECT_THAT(faults(), ElementsAre("holds no line"));
}

}  // namespace
}  // namespace doorward::audit
