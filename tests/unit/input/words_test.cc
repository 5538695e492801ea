#include "input/words.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Is = OptionState::Is;

TEST(Words, QuotesAreThoseOfAShell) {
  EXPECT_THAT(unquoted_words(""), IsEmpty());
  EXPECT_THAT(unquoted_words("  a \t b\n"), ElementsAre("a", "b"));
  EXPECT_THAT(unquoted_words(R"('--prefix=/opt/a b' 'CFLAGS=-O2 -flto' --x="y z" '')"),
              ElementsAre("--prefix=/opt/a b", "CFLAGS=-O2 -flto", "--x=y z", ""));
  EXPECT_THAT(unquoted_words(R"('it'\''s' a\ b "q\"\n\\" '\')"),
              ElementsAre("it's", "a b", R"(q"\n\)", "\\"));
  EXPECT_THAT(unquoted_words("'open and"), ElementsAre("open and"));
  EXPECT_THAT(unquoted_words("end\\"), ElementsAre("end\\"));
}

TEST(Words, TheLastCompilerOptionCounts) {
  const auto lto = [](const std::string& line) {
    return compiler_option(unquoted_words(line), {"lto"}).is;
  };
  EXPECT_EQ(lto("-flto"), Is::on);
  EXPECT_EQ(lto("-fno-lto -flto=auto"), Is::on);
  EXPECT_EQ(lto("-flto=thin -O2 -fno-lto"), Is::off);
  for (const char* unsaid :
       {"", "-O2", "-flto-partition=none", "-fltoo", "x-flto", "-ffat-lto-objects", "-DX=-flto",
        "-o -flto", "-Wl,-flto", "--flto", "-Xlinker -flto"})
    EXPECT_EQ(lto(unsaid), Is::unsaid) << unsaid;
  const auto pgo = [](const std::string& line) {
    return compiler_option(unquoted_words(line), {"profile-use", "profile-instr-use"}).is;
  };
  EXPECT_EQ(pgo("-fprofile-use=/a/b -fprofile-correction"), Is::on);
  EXPECT_EQ(pgo("-fprofile-instr-use=x -fno-profile-use"), Is::off);
  EXPECT_EQ(pgo("-fno-profile-use -fprofile-use"), Is::on);
  EXPECT_EQ(pgo("-fprofile-users -fprofile-update=atomic"), Is::unsaid);
}

TEST(Words, TheLastLevelCounts) {
  EXPECT_EQ(compiler_level(unquoted_words("-g -O2 -Wall -O3")), "-O3");
  EXPECT_EQ(compiler_level(unquoted_words("-O3 -Wl,-O1 -Os")), "-Os");
  EXPECT_EQ(compiler_level(unquoted_words("-g -o -O2")), "");
}

TEST(Words, ConfigureOptionsAreReadAsAutoconfReadsThem) {
  const auto lto = [](const std::string& line) {
    return configure_option(unquoted_words(line), "with-lto").is;
  };
  for (const char* on : {"--with-lto", "'--with-lto=thin'", "-with-lto=full",
                         "--without-lto --with-lto", "--with-lto=yes", "--with-lto="})
    EXPECT_EQ(lto(on), Is::on) << on;
  for (const char* off :
       {"--without-lto", "--with-lto=no", "--with-lto=full --without-lto", "-without-lto"})
    EXPECT_EQ(lto(off), Is::off) << off;
  // A substring, another option, an abbreviation, a variable's value: none of them.
  for (const char* unsaid : {"--with-ltos", "--with-lt", "--enable-lto", "CFLAGS=--with-lto",
                             "--with-lto-x=1", "'CONFIG=a --with-lto'", "with-lto"})
    EXPECT_EQ(lto(unsaid), Is::unsaid) << unsaid;
  const auto optimizations = [](const std::string& line) {
    return configure_option(unquoted_words(line), "enable-optimizations").is;
  };
  EXPECT_EQ(optimizations("--enable-optimizations=no"), Is::off);
  EXPECT_EQ(optimizations("--enable-optimizations --disable-optimizations"), Is::off);
  EXPECT_EQ(optimizations("--disable-optimizations --enable-optimizations=yes"), Is::on);
  EXPECT_EQ(configure_option(unquoted_words("--with_system_expat"), "with-system-expat").is,
            Is::unsaid);
  EXPECT_EQ(configure_option(unquoted_words("--with-system_expat"), "with-system-expat").is,
            Is::on);
}

}  // namespace
}  // namespace pytune
