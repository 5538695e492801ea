#include "source/patchlevel.h"

#include <gtest/gtest.h>

namespace pytune {
namespace {

TEST(Patchlevel, ReadsARelease) {
  const auto level = parse_patchlevel(
      "#define PY_MAJOR_VERSION        3\n"
      "#define PY_MINOR_VERSION        13\n"
      "#define PY_MICRO_VERSION        5\n"
      "/* Version as a string */\n"
      "#define PY_VERSION              \"3.13.5\"\n"
      "/*--end constants--*/\n"
      "#define PY_VERSION_HEX ((PY_MAJOR_VERSION << 24))\n");
  ASSERT_TRUE(level);
  EXPECT_EQ(level->version, "3.13.5");
  EXPECT_EQ(level->minor_name(), "3.13");
  EXPECT_EQ(level->micro, 5);
}

TEST(Patchlevel, ReadsPrereleasesAndCheckouts) {
  for (const char* version : {"3.14.0a1", "3.14.0b4", "3.14.0rc2", "3.13.5+", "3.15.0a0+"}) {
    const auto level = parse_patchlevel("#define PY_VERSION \"" + std::string(version) + "\"");
    ASSERT_TRUE(level) << version;
    EXPECT_EQ(level->version, version);
  }
}

TEST(Patchlevel, TakesAnyBlanksAndLineEnds) {
  EXPECT_TRUE(parse_patchlevel("  #  define\tPY_VERSION\t\"3.11.2\"  /* so */\r\n"));
}

TEST(Patchlevel, RefusesWhatIsNoPythonVersion) {
  for (const char* value :
       {"\"3.13\"", "\"3.13.\"", "\"3..5\"", "\"three\"", "\"\"", "\"3.13.5", "3.13.5",
        "\"3.13.5x\"", "\"3.13.5rc\"", "\"-3.13.5\"", "\"3.013.5\"", "\"3.1300.5\"",
        "\"3.13.5; rm -rf /\"", "\"99999999999999999999.1.1\""}) {
    EXPECT_FALSE(parse_patchlevel("#define PY_VERSION " + std::string(value) + "\n")) << value;
  }
  EXPECT_FALSE(parse_patchlevel(""));
  EXPECT_FALSE(parse_patchlevel("#define PY_VERSION"));
  EXPECT_FALSE(parse_patchlevel("#define PY_VERSION_HEX 1\n// #define PY_VERSION \"3.13.5\"\n"));
}

TEST(Patchlevel, RefusesNumbersThatDisagreeWithTheVersion) {
  EXPECT_FALSE(parse_patchlevel("#define PY_MINOR_VERSION 12\n#define PY_VERSION \"3.13.5\"\n"));
  EXPECT_FALSE(parse_patchlevel("#define PY_MICRO_VERSION x\n#define PY_VERSION \"3.13.5\"\n"));
}

}  // namespace
}  // namespace pytune
