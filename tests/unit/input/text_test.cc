#include "input/text.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;

TEST(Printable, JoinsLinesAndDropsControlCharacters) {
  EXPECT_EQ(printable("  a\r\n\tb\x1b[1m c\x7f ", 100), "a b [1m c");
  EXPECT_EQ(printable("", 100), "");
  EXPECT_EQ(printable("\n \n", 100), "");
}

TEST(Printable, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x8d", 100),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x8d");
  EXPECT_EQ(printable("a\xff", 100), "a\\xff");
  EXPECT_EQ(printable("\xc3", 100), "\\xc3");                             // cut off
  EXPECT_EQ(printable("\xc0\xaf", 100), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(printable("\xed\xa0\x80", 100), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80", 100), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(printable("a\xc2\x9b"
                      "1m",
                      100),
            "a 1m");  // C1: a terminal's CSI in one character
}

TEST(Printable, DropsWhatTurnsTextRound) {
  EXPECT_EQ(printable("a\u202eb\u2066c\u200fd", 100), "a b c d");
  EXPECT_EQ(printable("a\u2028b", 100), "a b");
}

TEST(EscapeControls, LeavesATerminalNothingToObey) {
  EXPECT_EQ(escape_controls("a\x1b]0;x\x07\x1b[31m\r\x7f"),
            "a\\u001b]0;x\\u0007\\u001b[31m\\u000d\\u007f");
  EXPECT_EQ(escape_controls("\u009b1m\u202e\u2069\u061c\u200e"),
            "\\u009b1m\\u202e\\u2069\\u061c\\u200e");
  EXPECT_EQ(escape_controls("caf\xe9 \xc3"), "caf\\xe9 \\xc3");
}

TEST(EscapeControls, KeepsTextAndItsLines) {
  const std::string text = "gr\u00fc\u00df \u20ac \U0001f40d \u00a0\n\tx";
  EXPECT_EQ(escape_controls(text), text);
  EXPECT_EQ(escape_controls(std::string_view("\0", 1)), "\\u0000");
}

TEST(WholeCharacters, EndsBeforeTheBeginningOfOne) {
  EXPECT_EQ(whole_characters("ab"), 2);
  EXPECT_EQ(whole_characters("a\u20ac"), 4);
  EXPECT_EQ(whole_characters("a\xe2\x82"), 1);
  EXPECT_EQ(whole_characters("a\xf0"), 1);
  EXPECT_EQ(whole_characters("\x82\x82\x82\x82"), 4);  // nothing that more bytes would mend
  EXPECT_EQ(whole_characters(""), 0);
}

TEST(Printable, ShortensWithoutCuttingACharacter) {
  EXPECT_EQ(printable("abcdefghij", 8), "abcde...");
  EXPECT_EQ(printable("abcd\xc3\xbc"
                      "fghij",
                      8),
            "abcd...");
}

TEST(LastLine, IsTheLastThatIsNotBlank) {
  EXPECT_EQ(last_line("a\nb\n\n  \n", 100), "b");
  EXPECT_EQ(last_line("only", 100), "only");
  EXPECT_EQ(last_line("\n", 100), "");
}

TEST(Printable, KeepsARunawayLineFromFillingTheScreen) {
  EXPECT_EQ(printable(std::string(3000, 'x')), std::string(kLongestLine - 3, 'x').append("..."));
}

TEST(PlainName, IsFitForAFileName) {
  EXPECT_TRUE(is_plain_name("2to3"));
  EXPECT_TRUE(is_plain_name("async_tree-v1.2"));
  for (const char* bad : {"", ".", "..", ".a", "-a", "_a", "a/b", "a b", "a\n", "\xc3\xbc"}) {
    EXPECT_FALSE(is_plain_name(bad)) << bad;
  }
}

TEST(Text, PasswordsAreCutOutOfUrls) {
  EXPECT_EQ(without_password("https://u:p@h/x"), "https://h/x");
  EXPECT_EQ(without_password("https://u:p@q@h"), "https://h");
  EXPECT_EQ(without_password("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(without_password("https://h?a=b@c"), "https://h?a=b@c");
  EXPECT_EQ(without_password("no url"), "no url");
}

TEST(Text, PlainNamesAreSafeInAStepsDirectory) {
  EXPECT_EQ(plain_file_name("Python-3.13.5.tar.xz"), "Python-3.13.5.tar.xz");
  EXPECT_EQ(plain_file_name("a/../b"), "a_.._b");
  EXPECT_EQ(plain_file_name(".."), "archive..");
  EXPECT_EQ(plain_file_name("-x"), "archive-x");
  EXPECT_EQ(plain_file_name(""), "archive");
  EXPECT_EQ(plain_file_name("record.json"), "archiverecord.json");
  EXPECT_EQ(plain_file_name(std::string(500, 'a').append(".tar.xz")).size(), 120U);
}

TEST(Text, LinesEndEitherWay) {
  EXPECT_THAT(split_lines("a\r\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_TRUE(split_lines("").empty());
}

}  // namespace
}  // namespace pytune
