#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "input/unpack.h"
#include "package/archive_writer.h"
#include "package/stage_tree.h"
#include "sys/error.h"
#include "unit/package/fake_prefix.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() : temporary_(fs::temp_directory_path(), "archive_test"), root_(temporary_.path()) {}

  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_))
      names.push_back(entry.path().filename().string());
    return names;
  }

  TemporaryDirectory temporary_;
  fs::path root_;
};

ArchiveEntry text(const std::string& name, const std::string& content) {
  return {.name = name, .file = {}, .content = content};
}

TEST_F(ArchiveTest, OddNamesComeBackAsTheyWere) {
  const fs::path tree = root_ / "tree";
  const std::vector<std::string> odd = {"with space",  "line\nbreak",        "-rf",
                                        "back\\slash", "quote\"'",           "\xff\xfe bytes",
                                        "ünïcode",     std::string(250, 'n')};
  for (const auto& name : odd) put(tree / std::string(120, 'd') / name, "content of " + name);
  fs::create_symlink("with space", tree / std::string(120, 'd') / "link");
  std::vector<ArchiveEntry> entries;
  for (const auto& name : list_tree(tree))
    entries.push_back({.name = "p/" + name, .file = tree / name, .content = {}});
  for (const auto compression : {Compression::zstd, Compression::gzip}) {
    const fs::path file = root_ / "archive";
    write_archive(file, entries, compression, 1700000000).commit();
    const fs::path out = root_ / (compression == Compression::zstd ? "zstd" : "gzip");
    fs::create_directories(out);
    const Unpacked unpacked = unpack_package(file, out, "package");
    EXPECT_EQ(unpacked.files, static_cast<int>(odd.size()));
    EXPECT_EQ(unpacked.links, 1);
    EXPECT_EQ(list_tree(out / "p"), list_tree(tree));
    for (const auto& name : odd)
      EXPECT_EQ(read_file(out / "p" / std::string(120, 'd') / name), "content of " + name);
  }
}

TEST_F(ArchiveTest, OrderTimesAndOddModesDoNotShow) {
  put(root_ / "a", "same", false);
  put(root_ / "b", "same", false);
  fs::permissions(root_ / "b", static_cast<fs::perms>(0600));
  fs::last_write_time(root_ / "b", fs::file_time_type::clock::now() - std::chrono::hours(1000));
  for (const auto compression : {Compression::zstd, Compression::gzip}) {
    const auto one =
        write_archive(root_ / "1", {{"x/f", root_ / "a", {}}, text("x/g", "text")}, compression, 5)
            .commit();
    const auto two =
        write_archive(root_ / "2", {text("x/g", "text"), {"x/f", root_ / "b", {}}}, compression, 5)
            .commit();
    EXPECT_EQ(one.sha256, two.sha256);
    EXPECT_EQ(read_file(one.path), read_file(two.path));
  }
}

TEST_F(ArchiveTest, ParentsComeFirstAndModesAreNormal) {
  put(root_ / "run", "#!/bin/sh\n", true);
  fs::permissions(root_ / "run", static_cast<fs::perms>(0700));
  write_archive(root_ / "t", {{"a/b/run", root_ / "run", {}}, text("a/b/text", "x")},
                Compression::gzip, 0)
      .commit();
  const fs::path out = root_ / "out";
  fs::create_directories(out);
  EXPECT_EQ(unpack_package(root_ / "t", out, "package").directories, 2);
  EXPECT_EQ(fs::status(out / "a/b/run").permissions(), static_cast<fs::perms>(0755));
  EXPECT_EQ(fs::status(out / "a/b/text").permissions(), static_cast<fs::perms>(0644));
}

TEST_F(ArchiveTest, GzipCarriesNoNameAndNoTime) {
  const auto file =
      write_archive(root_ / "t.gz", {text("f", "x")}, Compression::gzip, 1700000000).commit();
  const std::string head = read_file(file.path).substr(0, 10);
  EXPECT_EQ(head[3], 0);                               // no name, no comment
  EXPECT_EQ(head.substr(4, 4), std::string(4, '\0'));  // no time
}

TEST_F(ArchiveTest, MissingFileLeavesNothing) {
  EXPECT_THROW(write_archive(root_ / "t", {{"f", root_ / "missing", {}}}, Compression::zstd, 0),
               Failure);
  EXPECT_TRUE(left().empty());
}

TEST_F(ArchiveTest, WithoutCommitNothingIsLeft) {
  {
    const auto pending = write_archive(root_ / "t", {text("f", "x")}, Compression::zstd, 0);
  }
  EXPECT_TRUE(left().empty());
}

// A limit on the file size stands for a full disk: write(2) fails in the same place.
TEST_F(ArchiveTest, FullDiskIsOneLineAndLeavesNothing) {
  put(root_ / "big", std::string(std::size_t{1} << 20, 'x'));
  std::string noise;
  for (unsigned i = 0, state = 1; i < 400000; ++i)
    noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  put(root_ / "noise", noise);
  for (const auto compression : {Compression::zstd, Compression::gzip}) {
    rlimit old = {};
    getrlimit(RLIMIT_FSIZE, &old);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small = {.rlim_cur = 20000, .rlim_max = old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    std::string said;
    try {
      write_archive(root_ / "t", {{"big", root_ / "big", {}}, {"noise", root_ / "noise", {}}},
                    compression, 0);
    } catch (const Failure& failure) {
      said = failure.what();
    }
    setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(said, testing::AllOf(HasSubstr("cannot write"), HasSubstr("free some space"),
                                     testing::Not(HasSubstr("\n"))));
    EXPECT_THAT(left(), testing::UnorderedElementsAre("big", "noise"));
  }
}

// Archives that no careful writer makes.
struct HostileEntry {
  const char* name;
  unsigned type;
  const char* target;
};

class HostileArchiveTest : public ArchiveTest {
 protected:
  std::string refused(const std::vector<HostileEntry>& entries) {
    const fs::path file = root_ / "hostile.tar";
    archive* a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    archive_write_open_filename(a, file.c_str());
    for (const auto& hostile : entries) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, hostile.name);
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_filetype(entry, hostile.type);
      if (hostile.type == AE_IFLNK) archive_entry_set_symlink(entry, hostile.target);
      if (hostile.type == AE_IFREG && hostile.target != nullptr)
        archive_entry_set_hardlink(entry, hostile.target);
      archive_write_header(a, entry);
      archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    fs::create_directories(root_ / "jail/out");
    try {
      unpack_package(file, root_ / "jail/out", "package");
    } catch (const UsageError& refusal) {
      return refusal.what();
    }
    return "unpacked";
  }
};

TEST_F(HostileArchiveTest, IsRefused) {
  EXPECT_THAT(refused({{"../evil", AE_IFREG, nullptr}}), HasSubstr("leaves the archive"));
  EXPECT_THAT(refused({{"a", AE_IFDIR, nullptr}, {"a/../../evil", AE_IFREG, nullptr}}),
              HasSubstr("leaves the archive"));
  EXPECT_THAT(refused({{"/tmp/evil", AE_IFREG, nullptr}}), HasSubstr("absolute"));
  EXPECT_THAT(refused({{"l1", AE_IFLNK, "/tmp"}}), HasSubstr("link that leaves the tree"));
  EXPECT_THAT(refused({{"l2", AE_IFLNK, "../.."}}), HasSubstr("link that leaves the tree"));
  EXPECT_THAT(
      refused({{"d", AE_IFDIR, nullptr}, {"l3", AE_IFLNK, "d"}, {"l3/evil", AE_IFREG, nullptr}}),
      HasSubstr("through a symbolic link"));
  EXPECT_THAT(refused({{"twice", AE_IFREG, nullptr}, {"twice", AE_IFREG, nullptr}}),
              HasSubstr("twice"));
  EXPECT_THAT(refused({{"target", AE_IFREG, nullptr}, {"hard", AE_IFREG, "target"}}),
              HasSubstr("hard link"));
  EXPECT_THAT(refused({{"pipe", AE_IFIFO, nullptr}}), HasSubstr("neither a file"));
  EXPECT_FALSE(fs::exists(root_ / "jail/evil"));
  EXPECT_FALSE(fs::exists(root_ / "evil"));
}

TEST_F(HostileArchiveTest, DamagedArchiveIsRefused) {
  put(root_ / "noise", "this is no archive at all, however long one looks at it");
  EXPECT_THROW(unpack_package(root_ / "noise", root_, "package"), UsageError);
  write_archive(root_ / "t", {text("f", std::string(100000, 'x'))}, Compression::zstd, 0).commit();
  put(root_ / "cut", read_file(root_ / "t").substr(0, 60));
  fs::create_directories(root_ / "out");
  EXPECT_THROW(unpack_package(root_ / "cut", root_ / "out", "package"), UsageError);
}

}  // namespace
}  // namespace pytune
