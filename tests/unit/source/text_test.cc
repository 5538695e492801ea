#include "source/text.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;

TEST(Text, PrintableIsOneHarmlessLine) {
  EXPECT_EQ(printable("plain caf\xc3\xa9"), "plain caf\xc3\xa9");
  EXPECT_EQ(printable("a\n\t\x1b[0m\x7f  b"), "a [0m b");
  EXPECT_EQ(printable("x\xff"), "x\xef\xbf\xbd");
  EXPECT_EQ(printable(std::string(1000, 'x')), std::string(300, 'x').append("..."));
}

TEST(Text, PasswordsAreCutOutOfUrls) {
  EXPECT_EQ(without_password("https://u:p@h/x"), "https://h/x");
  EXPECT_EQ(without_password("https://u:p@q@h"), "https://h");
  EXPECT_EQ(without_password("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(without_password("https://h?a=b@c"), "https://h?a=b@c");
  EXPECT_EQ(without_password("no url"), "no url");
}

TEST(Text, PlainNamesAreSafeInAStepsDirectory) {
  EXPECT_EQ(plain_name("Python-3.13.5.tar.xz"), "Python-3.13.5.tar.xz");
  EXPECT_EQ(plain_name("a/../b"), "a_.._b");
  EXPECT_EQ(plain_name(".."), "archive..");
  EXPECT_EQ(plain_name("-x"), "archive-x");
  EXPECT_EQ(plain_name(""), "archive");
  EXPECT_EQ(plain_name("record.json"), "archiverecord.json");
  EXPECT_EQ(plain_name(std::string(500, 'a').append(".tar.xz")).size(), 120U);
}

TEST(Text, LinesEndEitherWay) {
  EXPECT_THAT(split_lines("a\r\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_TRUE(split_lines("").empty());
}

}  // namespace
}  // namespace pytune
