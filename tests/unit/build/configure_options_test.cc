#include "build/configure_options.h"

#include <gtest/gtest.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

Source source_with(const std::filesystem::path& tree, const std::string& configure) {
  Source source;
  source.version = "3.13.5";
  source.tree = tree;
  write_file_atomic(tree / "configure", configure);
  return source;
}

TEST(ConfigureOptions, AreKnownWhereTheTextHasThemOrTheirOpposite) {
  const TemporaryDirectory scratch(std::filesystem::temp_directory_path(), "pytune-test");
  const Source source = source_with(
      scratch.path(),
      "Optional Features:\n  --enable-shared  x\n  --with-computed-gotos y\n  --disable-gil z\n");
  EXPECT_EQ(unknown_to_configure(source, {"--disable-shared", "--without-computed-gotos",
                                          "--disable-gil", "--enable-shared=yes"}),
            std::nullopt);
  EXPECT_EQ(unknown_to_configure(source, {"--disable-shared", "--with-tail-call-interp"}),
            "the configure of CPython 3.13.5 has no option --with-tail-call-interp");
}

TEST(ConfigureOptions, AVariableThatTheTextDoesNotNameMeansNothingToTheVersion) {
  const TemporaryDirectory scratch(std::filesystem::temp_directory_path(), "pytune-test");
  const Source source = source_with(
      scratch.path(), "Optional Features:\nMODULE_BUILDTYPE=${MODULE_BUILDTYPE:-shared}\n");
  EXPECT_EQ(unknown_to_configure(source, {"MODULE_BUILDTYPE=static"}), std::nullopt);
  EXPECT_EQ(unknown_to_configure(source, {"CFLAGS_CEVAL=-fa -fb"}),
            "the configure of CPython 3.13.5 has no variable CFLAGS_CEVAL");
}

TEST(ConfigureOptions, AreNotJudgedBeforeTheSourceIsThere) {
  EXPECT_EQ(unknown_to_configure(Source(), {"--with-tail-call-interp"}), std::nullopt);
  Source bare;
  bare.tree = "/nonexistent";
  EXPECT_EQ(unknown_to_configure(bare, {"--with-tail-call-interp"}), std::nullopt);
}

TEST(ConfigureOptions, AreNotJudgedByAScriptThatListsNone) {
  const TemporaryDirectory scratch(std::filesystem::temp_directory_path(), "pytune-test");
  const Source source = source_with(scratch.path(), "#!/bin/sh\nexec ../configure \"$@\"\n");
  EXPECT_EQ(unknown_to_configure(source, {"--with-tail-call-interp"}), std::nullopt);
}

}  // namespace
}  // namespace pytune
