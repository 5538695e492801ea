#include "patches/unified_diff.h"

#include <gmock/gmock.h>

#include "unit/patches/support.h"

namespace pytune {
namespace {

using patches_test::kChange;
using patches_test::message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string rejection(const std::string& text) {
  return message([&] { parse_unified_diff(text, "0001-x.patch"); });
}

// The diff of one file, whose hunk is `hunk`.
std::string with_hunk(const std::string& hunk) { return "--- a/f.c\n+++ b/f.c\n" + hunk; }

TEST(UnifiedDiff, ReadsHeaderFilesAndHunks) {
  const UnifiedDiff diff = parse_unified_diff("Description: x\n---\n" + std::string(kChange), "p");
  EXPECT_EQ(diff.header, "Description: x\n---\n");
  ASSERT_EQ(diff.files.size(), 1U);
  EXPECT_EQ(diff.files[0].path, "Objects/a.c");
  EXPECT_EQ(diff.files[0].kind, FileDiff::Kind::change);
  ASSERT_EQ(diff.files[0].hunks.size(), 2U);
  EXPECT_EQ(diff.files[0].hunks[0].old_start, 1U);
  EXPECT_THAT(diff.files[0].hunks[0].old_lines, ElementsAre("one\n", "two\n", "three\n"));
  EXPECT_THAT(diff.files[0].hunks[0].new_lines, ElementsAre("one\n", "2\n", "three\n"));
  EXPECT_EQ(diff.files[0].hunks[1].number, 2U);
}

TEST(UnifiedDiff, ReadsNewAndRemovedFilesAndTheEndOfGitsMail) {
  const UnifiedDiff diff = parse_unified_diff(
      "diff --git a/n.h b/n.h\nnew file mode 100644\nindex 0000000..1\n--- /dev/null\n"
      "+++ b/n.h\n@@ -0,0 +1,2 @@\n+a\n+b\n"
      "diff --git a/o.h b/o.h\ndeleted file mode 100644\nindex 1..0\n--- a/o.h\n+++ /dev/null\n"
      "@@ -1 +0,0 @@\n-a\n-- \n2.39.5\n\n",
      "p");
  ASSERT_EQ(diff.files.size(), 2U);
  EXPECT_EQ(diff.files[0].kind, FileDiff::Kind::create);
  EXPECT_THAT(diff.files[0].hunks[0].new_lines, ElementsAre("a\n", "b\n"));
  EXPECT_EQ(diff.files[1].kind, FileDiff::Kind::remove);
  EXPECT_THAT(diff.files[1].hunks[0].old_lines, ElementsAre("a\n"));
}

TEST(UnifiedDiff, ALastLineMayLackItsNewline) {
  const UnifiedDiff diff = parse_unified_diff(
      with_hunk("@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"), "p");
  EXPECT_THAT(diff.files[0].hunks[0].old_lines, ElementsAre("a\n", "b"));
  EXPECT_THAT(diff.files[0].hunks[0].new_lines, ElementsAre("a\n", "c\n"));
  EXPECT_THAT(rejection(with_hunk("@@ -1,2 +1,3 @@\n a\n\\ No newline at end of file\n+x\n b\n")),
              HasSubstr("follows the file's last one"));
}

TEST(UnifiedDiff, PathsOutsideTheTreeAreRefused) {
  for (const char* path : {"../x.c", "a/../../x.c", "/etc/passwd", "a//b", "a/./b", ".git/config",
                           "a/.hidden", "-x", "a b", "a\\b", "a\x1b[2Jb", ""}) {
    EXPECT_FALSE(is_safe_path(path)) << path;
    EXPECT_THAT(
        rejection("--- a/" + std::string(path) + "\n+++ b/" + path + "\n@@ -1 +1 @@\n-a\n+b\n"),
        HasSubstr("line 1: "))
        << path;
  }
  EXPECT_THAT(rejection("--- a/x.c\n+++ b/../x.c\n@@ -1 +1 @@\n-a\n+b\n"),
              HasSubstr("no path inside the source tree"));
  EXPECT_THAT(rejection("--- x.c\n+++ x.c\n@@ -1 +1 @@\n-a\n+b\n"), HasSubstr("begin with \"a/\""));
  EXPECT_TRUE(is_safe_path("Objects/stringlib/find_max_char.h"));
}

TEST(UnifiedDiff, APatchCutOffAnywhereIsRefused) {
  const std::string whole = kChange;
  const std::string first_hunk = whole.substr(0, whole.find("@@ -20"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // Between two hunks, nothing can be told from the diff alone.
    if (length == first_hunk.size()) continue;
    EXPECT_NE(rejection(whole.substr(0, length)), "") << length;
  }
  EXPECT_EQ(rejection(whole), "");
  EXPECT_THAT(rejection(whole.substr(0, whole.size() - 3)),
              HasSubstr("Objects/a.c, hunk 2: the patch is cut off in it"));
}

TEST(UnifiedDiff, HunksThatDoNotHoldWhatTheySayAreRefused) {
  EXPECT_THAT(rejection(with_hunk("@@ -1,2 +1,1 @@\n a\n-b\n-c\n")), HasSubstr("text follows"));
  EXPECT_THAT(rejection(with_hunk("@@ -1,2 +1,2 @@\n-a\n-b\n-c\n")), HasSubstr("more lines than"));
  EXPECT_THAT(rejection(with_hunk("@@ -1,2 +1,2 @@\n a\n\n")), HasSubstr("begins with neither"));
  EXPECT_THAT(rejection(with_hunk("@@ -1,2 +1,2 @@\n a\n b\n")), HasSubstr("changes nothing"));
  EXPECT_THAT(rejection(with_hunk("@@ -1,0 +1 @@\n+a\n")), HasSubstr("no line of the file"));
  EXPECT_THAT(rejection(with_hunk("@@ -9 +9 @@\n-a\n+b\n@@ -2 +2 @@\n-a\n+b\n")),
              HasSubstr("hunk 2: it does not come after"));
  for (const char* head : {"@@\n", "@@ -1 +1\n", "@@ -1,x +1 @@\n", "@@ -99999999999 +1 @@\n",
                           "@@ --1 +1 @@\n", "@@ -1 +1 @@x\n", "@@ -0,1 +1 @@\n"}) {
    EXPECT_THAT(rejection(with_hunk(std::string(head) + "-a\n+b\n")), HasSubstr("hunk 1: it"))
        << head;
  }
  EXPECT_THAT(rejection(with_hunk("")), HasSubstr("has no hunks"));
}

TEST(UnifiedDiff, WhatIsNoChangeOfLinesIsRefused) {
  for (const char* line : {"old mode 100644", "rename from x", "copy from x", "GIT binary patch",
                           "new file mode 120000", "similarity index 90%"}) {
    EXPECT_THAT(rejection("diff --git a/x b/x\n" + std::string(line) + "\n--- a/x\n+++ b/x\n"),
                HasSubstr("only changed lines"))
        << line;
  }
  EXPECT_THAT(rejection("--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"), HasSubstr("renames x to y"));
  EXPECT_THAT(rejection("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n"),
              HasSubstr("names no file"));
  EXPECT_THAT(rejection(std::string(kChange) + kChange), HasSubstr("Objects/a.c comes twice"));
  EXPECT_THAT(rejection(std::string(kChange) + "rm -rf /\n"), HasSubstr("text follows"));
  EXPECT_THAT(rejection("Only words.\n"), HasSubstr("no diff in it"));
}

}  // namespace
}  // namespace pytune
