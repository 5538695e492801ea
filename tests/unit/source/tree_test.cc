#include "source/tree.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::cpython_tree;
using source_test::message;
using source_test::write;
using ::testing::HasSubstr;

class Tree : public source_test::ScratchTest {
 protected:
  std::string refusal() {
    return message<UsageError>([&] { require_cpython(at("t"), "t", "give something else"); });
  }
  std::string hash(const std::string& name) {
    return digest_tree(at(name), list_tree(at(name), name)).sha256;
  }
};

TEST_F(Tree, AcceptsEveryMinorFrom311On) {
  for (const char* version : {"3.11.0", "3.13.5", "3.14.0rc1", "3.27.1"}) {
    fs::remove_all(at("t"));
    cpython_tree(at("t"), version);
    EXPECT_EQ(require_cpython(at("t"), "t", "").version, version);
  }
}

TEST_F(Tree, SaysWhatIsMissing) {
  fs::create_directory(at("t"));
  EXPECT_EQ(refusal(),
            "t: not a CPython source tree (no Include/patchlevel.h); give something else");
  write(at("t/Include/patchlevel.h"), "nothing here");
  EXPECT_THAT(refusal(), HasSubstr("(no configure)"));
  write(at("t/configure"), "");
  EXPECT_THAT(refusal(), HasSubstr("(Include/patchlevel.h has no sound PY_VERSION)"));
  write(at("t/Include/patchlevel.h"), source_test::patchlevel("3.13.5") + std::string(100000, ' '));
  EXPECT_THAT(refusal(), HasSubstr("no sound PY_VERSION"));
}

TEST_F(Tree, RefusesOldReleases) {
  cpython_tree(at("t"), "3.10.14");
  EXPECT_THAT(refusal(), HasSubstr("is CPython 3.10.14; pytune builds 3.11 and later"));
  cpython_tree(at("t"), "2.7.18");
  EXPECT_THAT(refusal(), HasSubstr("2.7.18"));
}

TEST_F(Tree, RefusesATreeThatWasBuiltInPlace) {
  cpython_tree(at("t"));
  write(at("t/Programs/python.o"), "");
  EXPECT_THAT(refusal(), HasSubstr("git clean -fdx"));
  write(at("t/Makefile"), "");
  EXPECT_THAT(refusal(), HasSubstr("run `make distclean` in it"));
}

TEST_F(Tree, ADirectoryNamedPythonIsNoBuildProduct) {
  cpython_tree(at("t"));
  fs::create_directories(at("t/python"));
  EXPECT_EQ(require_cpython(at("t"), "t", "").minor, 13);
}

TEST_F(Tree, TheHashCoversNamesContentsModesAndLinks) {
  cpython_tree(at("a"));
  cpython_tree(at("b"));
  const std::string first = hash("a");
  EXPECT_EQ(hash("b"), first);

  write(at("b/README"), "This is Perl!!!!\n");
  EXPECT_NE(hash("b"), first);
  write(at("b/README"), "This is Python.\n");
  EXPECT_EQ(hash("b"), first);
  fs::permissions(at("b/README"), fs::perms(0755));
  EXPECT_NE(hash("b"), first);
  fs::permissions(at("b/README"), fs::perms(0640));  // only the executable bit counts
  EXPECT_EQ(hash("b"), first);
  fs::rename(at("b/README"), at("b/README2"));
  EXPECT_NE(hash("b"), first);
  fs::rename(at("b/README2"), at("b/README"));
  fs::create_symlink("README", at("b/link"));
  const std::string linked = hash("b");
  EXPECT_NE(linked, first);
  fs::remove(at("b/link"));
  fs::create_symlink("configure", at("b/link"));
  EXPECT_NE(hash("b"), linked);
}

TEST_F(Tree, GitAndBytecodeAreNoSource) {
  cpython_tree(at("a"));
  const std::string first = hash("a");
  write(at("a/.git/HEAD"), "x");
  write(at("a/Lib/__pycache__/os.pyc"), "x");
  EXPECT_EQ(hash("a"), first);
  write(at("a/Lib/test/.git"), "x");  // only the top one is git's
  EXPECT_NE(hash("a"), first);
}

TEST_F(Tree, TheNameOfADirectoryMayEndInASlashOrBeADot) {
  cpython_tree(at("a"));
  const std::string first = hash("a");
  EXPECT_EQ(hash("a/"), first);
  EXPECT_EQ(hash("./a/."), first);
}

TEST_F(Tree, TheCopyHasTheSameHashAndTimes) {
  cpython_tree(at("a"));
  write(at("a/.git/HEAD"), "x");
  fs::create_symlink("../README", at("a/Include/link"));
  const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, at("a/configure").c_str(), times, 0), 0);
  copy_entries(at("a"), list_tree(at("a"), "a"), at("copy"));
  EXPECT_EQ(hash("copy"), hash("a"));
  EXPECT_FALSE(fs::exists(at("copy/.git")));
  struct stat info = {};
  ASSERT_EQ(stat(at("copy/configure").c_str(), &info), 0);
  EXPECT_EQ(info.st_mtime, 1'000'000'000);
}

TEST_F(Tree, TheCopyHasNoSetIdBits) {
  cpython_tree(at("a"));
  write(at("a/Tools/tool"), "x");
  fs::permissions(at("a/Tools/tool"), fs::perms(06755));
  fs::permissions(at("a/Tools"), fs::perms(03777));
  copy_entries(at("a"), list_tree(at("a"), "a"), at("copy"));
  EXPECT_EQ(fs::status(at("copy/Tools/tool")).permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(at("copy/Tools")).permissions() & fs::perms(07000), fs::perms::none);
}

TEST_F(Tree, RefusesWhatIsTooDeepOrTooLarge) {
  cpython_tree(at("a"));
  write(at("a/core"), "x");
  fs::resize_file(at("a/core"), std::uintmax_t{3} << 30);  // a hole
  EXPECT_THAT(message<UsageError>([&] { list_tree(at("a"), "a"); }),
              HasSubstr("core is larger than any file of CPython"));
  fs::remove(at("a/core"));
  for (int i = 0; i < 9; ++i) {
    const fs::path hole = at("a/hole" + std::to_string(i));
    write(hole, "x");
    fs::resize_file(hole, std::uintmax_t{1} << 30);
  }
  EXPECT_THAT(message<UsageError>([&] { list_tree(at("a"), "a"); }),
              HasSubstr("holds more than 8 GiB"));
  for (int i = 0; i < 9; ++i) fs::remove(at("a/hole" + std::to_string(i)));
  std::string deep = "a";
  for (int i = 0; i < 110; ++i) deep += "/d";
  fs::create_directories(at(deep));
  EXPECT_THAT(message<UsageError>([&] { list_tree(at("a"), "a"); }),
              HasSubstr("more than 100 deep"));
}

TEST_F(Tree, RefusesLinksOutAndSpecialFiles) {
  cpython_tree(at("a"));
  fs::create_symlink("/etc/passwd", at("a/link"));
  EXPECT_THAT(message<UsageError>([&] { list_tree(at("a"), "a"); }),
              HasSubstr("link is a symbolic link that leaves"));
  fs::remove(at("a/link"));
  ASSERT_EQ(mkfifo(at("a/pipe").c_str(), 0600), 0);
  EXPECT_THAT(message<UsageError>([&] { list_tree(at("a"), "a"); }), HasSubstr("pipe is neither"));
}

}  // namespace
}  // namespace pytune
