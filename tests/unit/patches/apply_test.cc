#include "patches/apply.h"

#include <gmock/gmock.h>

#include "unit/patches/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using patches_test::file_before;
using patches_test::kChange;
using patches_test::message;
using patches_test::patch;
using patches_test::write;
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kNewFile = "--- /dev/null\n+++ b/Objects/new.h\n@@ -0,0 +1,2 @@\n+a\n+b\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

class ApplyPatches : public ::testing::Test {
 protected:
  ApplyPatches() : folder_(fs::temp_directory_path(), "tree") {
    write(file(), file_before());
    write(tree() / "Objects/b.c", "x\ny\n");
  }
  fs::path tree() const { return folder_.path(); }
  fs::path file() const { return tree() / "Objects/a.c"; }

  void apply(const std::vector<Patch>& patches) const {
    write_patched(tree(), apply_in_memory(tree(), patches));
  }
  // Why they are refused; the tree is as it was.
  std::string refusal(const std::vector<Patch>& patches) const {
    const std::string before = read_file(file());
    const std::string why = message([&] { apply(patches); });
    EXPECT_EQ(read_file(file()), before);
    EXPECT_EQ(read_file(tree() / "Objects/b.c"), "x\ny\n");
    return why;
  }

 private:
  TemporaryDirectory folder_;
};

TEST_F(ApplyPatches, ChangesTheLinesOfEveryHunk) {
  apply({patch(kChange)});
  std::string expected = replaced(file_before(), "two\n", "2\n");
  expected = replaced(expected, "twentyone\n", "twentyone\nmore\n");
  EXPECT_EQ(read_file(file()), expected);
}

TEST_F(ApplyPatches, MakesAndRemovesFilesAndBuildsOnTheOneBefore) {
  const std::string edit =
      "--- a/Objects/new.h\n+++ b/Objects/new.h\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  const std::string removal = "--- a/Objects/b.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n";
  apply({patch(kNewFile), patch(edit, "0002-y"), patch(removal, "0003-z")});
  EXPECT_EQ(read_file(tree() / "Objects/new.h"), "a\nc\n");
  EXPECT_FALSE(fs::exists(tree() / "Objects/b.c"));
}

TEST_F(ApplyPatches, FindsLinesThatMovedAndSaysByHowMany) {
  write(file(), "0\n0\n" + file_before());
  const Patched patched = apply_in_memory(tree(), {patch(kChange)});
  ASSERT_EQ(patched.hunks.size(), 2U);
  EXPECT_EQ(patched.hunks[0].offset, 2);
  EXPECT_EQ(patched.hunks[1].offset, 2);
}

TEST_F(ApplyPatches, LinesThatMovedAreNotTakenWhereTheyAreTwice) {
  write(file(), "0\none\ntwo\nthree\n" + file_before());
  EXPECT_THAT(refusal({patch(kChange)}), AllOf(HasSubstr("0001-x: Objects/a.c, hunk 1 (line 1)"),
                                               HasSubstr("several places")));
}

TEST_F(ApplyPatches, ATreeAlreadyPatchedIsRefused) {
  apply({patch(kChange)});
  EXPECT_THAT(refusal({patch(kChange)}),
              AllOf(HasSubstr("0001-x: Objects/a.c, hunk 1 (line 1) is in the file already"),
                    HasSubstr("the tree is already patched")));
}

TEST_F(ApplyPatches, ANewFileThatIsThereIsRefused) {
  apply({patch(kNewFile)});
  EXPECT_THAT(refusal({patch(kNewFile)}), HasSubstr("already patched"));
  write(tree() / "Objects/new.h", "mine\n");
  EXPECT_THAT(refusal({patch(kNewFile)}), HasSubstr("Objects/new.h, hunk 1"));
  EXPECT_EQ(read_file(tree() / "Objects/new.h"), "mine\n");
}

TEST_F(ApplyPatches, LinesOnlyAddedAreNotAddedTwice) {
  for (const char* hunk : {"@@ -1,2 +1,3 @@\n x\n y\n+z\n", "@@ -1,2 +1,3 @@\n+w\n x\n y\n"}) {
    const Patch added = patch("--- a/Objects/b.c\n+++ b/Objects/b.c\n" + std::string(hunk));
    write(tree() / "Objects/b.c", "x\ny\n");
    apply({added});
    EXPECT_THAT(message([&] { apply({added}); }), HasSubstr("already patched")) << hunk;
  }
}

TEST_F(ApplyPatches, APartlyPatchedTreeIsRefused) {
  write(file(), replaced(file_before(), "twentyone\n", "twentyone\nmore\n"));
  EXPECT_THAT(refusal({patch(kChange)}),
              AllOf(HasSubstr("Objects/a.c, hunk 2 (line 20) is in the file already"),
                    HasSubstr("the tree is partly patched")));
}

TEST_F(ApplyPatches, LocalEditsAreRefused) {
  write(file(), replaced(file_before(), "two\n", "zwei\n"));
  EXPECT_THAT(refusal({patch(kChange)}),
              AllOf(HasSubstr("Objects/a.c, hunk 1 (line 1)"), HasSubstr("local edits"),
                    HasSubstr("was left as it is")));
}

TEST_F(ApplyPatches, WhatFitsWithFuzzOnlyIsRefused) {
  write(file(), replaced(file_before(), "twentytwo\n", "22\n"));
  EXPECT_THAT(refusal({patch(kChange)}),
              AllOf(HasSubstr("Objects/a.c, hunk 2 (line 20)"), HasSubstr("only with fuzz")));
}

TEST_F(ApplyPatches, AMissingFileIsRefused) {
  fs::remove(file());
  EXPECT_THAT(message([&] { apply({patch(kNewFile), patch(kChange, "0002-y")}); }),
              HasSubstr("0002-y: Objects/a.c, hunk 1"));
  EXPECT_FALSE(fs::exists(tree() / "Objects/new.h"));
}

TEST_F(ApplyPatches, ALaterPatchThatFailsLeavesTheEarlierOnesUndone) {
  const Patch second =
      patch("--- a/Objects/b.c\n+++ b/Objects/b.c\n@@ -1 +1 @@\n-q\n+r\n", "0002-y");
  EXPECT_THAT(refusal({patch(kChange), second}), HasSubstr("0002-y: Objects/b.c, hunk 1"));
}

TEST_F(ApplyPatches, LinksOutOfTheTreeAreNotFollowed) {
  const TemporaryDirectory elsewhere(fs::temp_directory_path(), "elsewhere");
  write(elsewhere.path() / "a.c", file_before());
  fs::remove_all(tree() / "Objects");
  fs::create_directory_symlink(elsewhere.path(), tree() / "Objects");
  EXPECT_THAT(message([&] { apply({patch(kChange)}); }), HasSubstr("symbolic link"));
  EXPECT_THAT(message([&] { apply({patch(kNewFile)}); }), HasSubstr("symbolic link"));
  EXPECT_EQ(read_file(elsewhere.path() / "a.c"), file_before());
}

TEST_F(ApplyPatches, AFileSharedByAHardLinkIsReplacedAndKeepsItsMode) {
  const fs::path original = tree() / "original";
  fs::permissions(file(), fs::perms::owner_all | fs::perms::group_exec);
  fs::create_hard_link(file(), original);
  apply({patch(kChange)});
  EXPECT_EQ(read_file(original), file_before());
  EXPECT_NE(read_file(file()), file_before());
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_all | fs::perms::group_exec);
}

TEST_F(ApplyPatches, FilesReplacedBeforeAFailureArePutBack) {
  fs::create_directory(tree() / "Objects/z.c");
  Patched patched = apply_in_memory(tree(), {patch(kChange)});
  patched.files.push_back({"Objects/z.c", "text"});
  EXPECT_THAT(message([&] { write_patched(tree(), patched); }), HasSubstr("put back"));
  EXPECT_EQ(read_file(file()), file_before());
}

TEST_F(ApplyPatches, ALastLineWithoutNewlineIsMatchedAsSuch) {
  const Patch ending = patch(
      "--- a/Objects/b.c\n+++ b/Objects/b.c\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of "
      "file\n+z\n");
  EXPECT_THAT(refusal({ending}), HasSubstr("hunk 1"));
  write(tree() / "Objects/b.c", "x\ny");
  apply({ending});
  EXPECT_EQ(read_file(tree() / "Objects/b.c"), "x\nz\n");
}

}  // namespace
}  // namespace pytune
