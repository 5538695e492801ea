#include "report/recorded_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pytune {
namespace {

using testing::ElementsAre;

TEST(RecordedLine, WordsKeepTheirQuotes) {
  EXPECT_THAT(shell_words("make 'A=b c'  \"x y\" z\\ w 'it'\\''s'"),
              ElementsAre("make", "'A=b c'", "\"x y\"", "z\\ w", "'it'\\''s'"));
  EXPECT_THAT(shell_words(" '' a\n"), ElementsAre("''", "a"));
}

TEST(RecordedLine, PlaceholdersExpandInAnyQuotes) {
  EXPECT_EQ(expand_placeholders("cp $WORK/a ${SOURCE}/b"), "cp \"$WORK\"/a \"${SOURCE}\"/b");
  EXPECT_EQ(expand_placeholders("'A=-O3 -I$WORK/x'"), "'A=-O3 -I'\"$WORK\"'/x'");
  EXPECT_EQ(expand_placeholders("\"A=$WORK/x -j$JOBS\""), "\"A=$WORK/x -j$JOBS\"");
}

TEST(RecordedLine, OtherDollarsStay) {
  for (const char* line :
       {"'-Wl,-rpath,\\$$ORIGIN/../lib'", "$WORKING", "\\$WORK", "\"\\$WORK\"", "$HOME", "${WORK"})
    EXPECT_EQ(expand_placeholders(line), line);
}

TEST(RecordedLine, TakesSetarch) {
  auto words = shell_words("A=1 'B=2 3' setarch -R python run.py");
  EXPECT_TRUE(take_setarch(words));
  EXPECT_THAT(words, ElementsAre("A=1", "'B=2 3'", "python", "run.py"));
  words = shell_words("setarch x86_64 -R python");
  EXPECT_TRUE(take_setarch(words));
  EXPECT_THAT(words, ElementsAre("python"));
  words = shell_words("echo setarch -R");
  EXPECT_FALSE(take_setarch(words));
  words = shell_words("setarch linux32 make");
  EXPECT_FALSE(take_setarch(words));
  EXPECT_THAT(words, ElementsAre("setarch", "linux32", "make"));
}

TEST(RecordedLine, RunnerGoesBeforeEveryProgramButFileCommands) {
  auto words = shell_words("A=1 make x");
  insert_runner(words, "clean");
  EXPECT_THAT(words, ElementsAre("clean", "A=1", "make", "x"));
  words = shell_words("rm -rf x && mkdir x && cd x && ../configure cd");
  insert_runner(words, "clean");
  EXPECT_EQ(join_words(words, 200, ""), "rm -rf x && mkdir x && cd x && clean ../configure cd");
}

TEST(RecordedLine, LongLinesAreBrokenBetweenWords) {
  EXPECT_EQ(join_words({"aaaa", "'b b'", "cccc"}, 12, "  "), "aaaa 'b b' \\\n  cccc");
}

TEST(RecordedLine, ValueOfTheLastSuchWord) {
  EXPECT_EQ(value_of(shell_words("x \"DESTDIR=$WORK/a\" 'DESTDIR=b c'"), "DESTDIR"), "'b c'");
  EXPECT_EQ(value_of(shell_words("--prefix=/opt/python"), "--prefix"), "/opt/python");
  EXPECT_EQ(value_of(shell_words("make install"), "DESTDIR"), std::nullopt);
}

}  // namespace
}  // namespace pytune
