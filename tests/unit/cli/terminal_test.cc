#include "cli/terminal.h"

#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

namespace pytune {
namespace {

std::string passed(const std::vector<std::string>& pieces, bool with_colours = false) {
  std::ostringstream shown;
  {
    const auto buffer = escaping_buffer(shown.rdbuf(), with_colours);
    std::ostream out(buffer.get());
    for (const std::string& piece : pieces) out << piece << std::flush;
  }
  return shown.str();
}

TEST(EscapedOutput, LetsNoSequenceThrough) {
  EXPECT_EQ(passed({"name \x1b]0;title\x07 \x1b[31mred\x1b[0m\n"}),
            "name \\u001b]0;title\\u0007 \\u001b[31mred\\u001b[0m\n");
}

TEST(EscapedOutput, LetsTheColoursOfReportsThroughWhereAsked) {
  EXPECT_EQ(passed({"\x1b[32m1.2x\x1b[0m \x1b[2J\x1b[31;1m\x1b"}, true),
            "\x1b[32m1.2x\x1b[0m \\u001b[2J\\u001b[31;1m\\u001b");
}

TEST(EscapedOutput, KeepsACharacterThatComesInPieces) {
  EXPECT_EQ(passed({"a\xe2", "\x82", "\xac b"}), "a\u20ac b");
  EXPECT_EQ(passed({"\xc2", "\x9b[31m"}), "\\u009b[31m");
  EXPECT_EQ(passed({"cut \xe2\x82"}), "cut \\xe2\\x82");
}

TEST(EscapedOutput, GuardsBothStreamsWhileItLives) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    const EscapedOutput escaped;
    std::cout << "a\x1b[31m" << std::flush;
    std::cerr << "b\x9b";
    command_terminal("\r\033[K");
    print_content("raw \x1b\n");
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a\\u001b[31mraw \x1b\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "b\\x9b\r\033[K");
}

}  // namespace
}  // namespace pytune
