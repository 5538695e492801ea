#include "toolchain/optional_modules.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class OptionalModules : public sys_test::Scratch {
 protected:
  OptionalModules() {
    for (const char* file : {"_ssl.c", "_lzmamodule.c", "_tkinter.c", "_ctypes/_ctypes.c"})
      sys_test::write(at("tree/Modules") / file, "");
    for (const char* module : {"_ssl.cpython-313-x86_64-linux-gnu.so", "math.so", "README"})
      sys_test::write(at("prefix/lib/python3.13/lib-dynload") / module, "");
  }
};

TEST_F(OptionalModules, AreMissingWhereTheTreeHasThemAndThePrefixHasNot) {
  EXPECT_THAT(missing_modules(at("tree"), at("prefix")),
              ElementsAre("_ctypes", "_lzma", "_tkinter"));
  EXPECT_THAT(extension_modules(at("prefix")), ElementsAre("_ssl", "math"));
  EXPECT_THAT(missing_modules(at("nowhere"), at("prefix")), IsEmpty());
}

// A build with modules=static has what one with files has.
TEST_F(OptionalModules, MayBeInsideTheInterpreter) {
  sys_test::write(at("prefix/lib/python3.14/config-3.14-x/Makefile"),
                  "A=1\nMODBUILT_NAMES=   _ssl  math _ctypes\nMODSHARED_NAMES= _test\n");
  EXPECT_THAT(extension_modules(at("prefix")), ElementsAre("_ctypes", "_ssl", "math"));
  EXPECT_THAT(missing_modules(at("tree"), at("prefix")), Not(Contains("_ctypes")));
}

// configure's list names it among both.
TEST_F(OptionalModules, AreMissingWhereTheirFileWasNotBuilt) {
  sys_test::write(at("prefix/lib/python3.14/config-3.14-x/Makefile"),
                  "MODBUILT_NAMES= math _ctypes\nMODSHARED_NAMES= math _ctypes\n");
  EXPECT_THAT(missing_modules(at("tree"), at("prefix")), Contains("_ctypes"));
}

TEST_F(OptionalModules, ArePreprocessedByHeader) {
  EXPECT_THAT(header_questions(), HasSubstr("#if __has_include(<openssl/ssl.h>)\nfound _ssl\n"));
  EXPECT_THAT(header_questions(), HasSubstr("__has_include(<readline/readline.h>) || "
                                            "__has_include(<editline/readline.h>)"));
}

TEST_F(OptionalModules, WithoutAnAnswerNoneIsAbsent) {
  EXPECT_THAT(modules_without_headers(""), IsEmpty());
  EXPECT_THAT(modules_without_headers("# 1 \"x\"\nhello\n"), IsEmpty());
  const auto absent = modules_without_headers("pytune_asked\nfound _ssl\nfound _ctypes\n");
  EXPECT_THAT(absent, Contains("_lzma"));
  EXPECT_THAT(absent, Not(Contains("_ssl")));
  EXPECT_THAT(modules_of_version(absent, at("tree")), ElementsAre("_lzma", "_tkinter"));
}

TEST_F(OptionalModules, AreNamedWithTheirPackages) {
  EXPECT_EQ(with_packages({"_ssl", "_hashlib", "other"}),
            "_ssl (libssl-dev), _hashlib (libssl-dev), other");
  EXPECT_EQ(packages_for({"_ssl", "_hashlib", "_lzma", "other"}), "libssl-dev liblzma-dev");
}

}  // namespace
}  // namespace pytune
