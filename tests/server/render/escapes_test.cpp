#include "server/render/escapes.hpp"

#include <gtest/gtest.h>

namespace doorward::render {
namespace {

TEST(Escapes, a_comment_stays_on_its_line) {
  EXPECT_EQ(in_comment("a\nlistener {\r}\t\x7f"), "a?listener {?}??");
  EXPECT_EQ(in_comment("\xe2\x80\xa8"), "???");  // U+2028, a line end to some readers
}

TEST(Escapes, an_xml_comment_cannot_be_ended) {
  EXPECT_EQ(in_xml_comment("a --> b"), "a -?> b");
  EXPECT_EQ(in_xml_comment("----"), "-?-?");
  EXPECT_EQ(in_xml_comment("a-"), "a?");
}

TEST(Escapes, xml_has_no_markup) {
  EXPECT_EQ(in_xml("<a b=\"c\" d='&'>\x01"), "&lt;a b=&quot;c&quot; d=&apos;&amp;&apos;&gt;?");
}

TEST(Escapes, a_router_value_has_nothing_that_its_reader_takes_for_structure) {
  EXPECT_EQ(in_router_value("a\"\\#{}[],\nb"), "a?????????b");
  EXPECT_EQ(in_router_value("team1-orders.x:5672 /$default"), "team1-orders.x:5672 /$default");
}

TEST(Escapes, a_jaas_string_is_neither_ended_nor_expanded) {
  EXPECT_EQ(in_jaas_string("a\"; b=\"${user.home}\\\n"), "a\\\"; b=\\\"?{user.home}\\\\?");
}

}  // namespace
}  // namespace doorward::render
