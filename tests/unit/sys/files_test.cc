#include "sys/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "sys/system_reason.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::in_child;
using sys_test::message;
using sys_test::write;
using ::testing::HasSubstr;

constexpr uid_t kNobody = 65534;

class Files : public sys_test::Scratch {
 protected:
  std::size_t entries(const std::string& name) const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(at(name)), fs::directory_iterator()));
  }
};

struct stat status_of(const fs::path& path) {
  struct stat info = {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info;
}

// Root ignores permission bits: act as somebody they hold for.
bool become_ordinary(const fs::path& owned) {
  if (geteuid() != 0) return true;
  for (const auto& entry : fs::recursive_directory_iterator(owned)) {
    if (lchown(entry.path().c_str(), kNobody, kNobody) != 0) return false;
  }
  return chown(owned.c_str(), kNobody, kNobody) == 0 && setresuid(kNobody, kNobody, kNobody) == 0;
}

TEST_F(Files, ReadFileReturnsEveryByte) {
  const std::string bytes("a\0b\nc\xff", 6);
  write(at("file"), bytes);
  EXPECT_EQ(read_file(at("file")), bytes);
}

TEST_F(Files, ReadFileNamesWhatItCannotRead) {
  EXPECT_THAT(message<Failure>([&] { read_file(at("absent")); }),
              HasSubstr(at("absent").string() + ": cannot read: No such file"));
  EXPECT_THROW(read_file(root()), Failure);
}

TEST_F(Files, AtomicWriteReplacesTheOldContents) {
  write(at("d/file"), "old and longer");
  write_file_atomic(at("d/file"), "new");
  EXPECT_EQ(read_file(at("d/file")), "new");
  EXPECT_EQ(entries("d"), 1U);
}

TEST_F(Files, AtomicWriteThatFailsLeavesNoTemporary) {
  write(at("d/target/inside"), "x");
  EXPECT_THAT(message<Failure>([&] { write_file_atomic(at("d/target"), "bytes"); }),
              HasSubstr("target: cannot write"));
  EXPECT_EQ(entries("d"), 1U);
  EXPECT_THROW(write_file_atomic(at("absent/file"), "bytes"), Failure);
  EXPECT_FALSE(fs::exists(at("absent")));
}

TEST_F(Files, AtomicWriteIntoAReadOnlyDirectoryKeepsTheOldFile) {
  write(at("d/file"), "old");
  const int status = in_child([&] {
    if (!become_ordinary(root())) return 2;
    fs::permissions(at("d"), fs::perms::owner_read | fs::perms::owner_exec);
    return message<Failure>([&] { write_file_atomic(at("d/file"), "new"); }).empty() ? 1 : 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(at("d/file")), "old");
  EXPECT_EQ(entries("d"), 1U);
}

TEST_F(Files, PublishMovesADirectoryIntoPlace) {
  write(at("new/file"), "x");
  EXPECT_TRUE(publish_directory(at("new"), at("kind/key")));
  EXPECT_EQ(read_file(at("kind/key/file")), "x");
  EXPECT_FALSE(fs::exists(at("new")));
}

TEST_F(Files, PublishRefusesAnExistingTarget) {
  write(at("new/file"), "new");
  write(at("directory/file"), "old");
  write(at("plain"), "old");
  EXPECT_FALSE(publish_directory(at("new"), at("directory")));
  EXPECT_FALSE(publish_directory(at("new"), at("plain")));
  EXPECT_EQ(read_file(at("directory/file")), "old");
  EXPECT_EQ(read_file(at("plain")), "old");
  EXPECT_EQ(read_file(at("new/file")), "new");
}

TEST_F(Files, CopyKeepsSymlinksModesAndTimes) {
  write(at("from/bin/tool"), "#!/bin/sh\n");
  fs::permissions(at("from/bin/tool"), fs::perms{0751});
  fs::create_symlink("bin/tool", at("from/link"));
  fs::create_symlink("/no/where", at("from/dangling"));
  const timespec times[2] = {{1'000'000, 5}, {2'000'000, 7}};
  ASSERT_EQ(utimensat(AT_FDCWD, at("from/bin/tool").c_str(), times, 0), 0);
  ASSERT_EQ(utimensat(AT_FDCWD, at("from/link").c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  fs::permissions(at("from/bin"), fs::perms{0550});
  ASSERT_EQ(utimensat(AT_FDCWD, at("from/bin").c_str(), times, 0), 0);

  copy_tree(at("from"), at("to"));
  EXPECT_EQ(read_file(at("to/bin/tool")), "#!/bin/sh\n");
  EXPECT_EQ(fs::read_symlink(at("to/link")), "bin/tool");
  EXPECT_EQ(fs::read_symlink(at("to/dangling")), "/no/where");
  EXPECT_EQ(status_of(at("to/bin/tool")).st_mode & 07777U, 0751U);
  EXPECT_EQ(status_of(at("to/bin")).st_mode & 07777U, 0550U);
  for (const char* name : {"to/bin/tool", "to/bin", "to/link"}) {
    EXPECT_EQ(status_of(at(name)).st_mtim.tv_sec, 2'000'000) << name;
    EXPECT_EQ(status_of(at(name)).st_mtim.tv_nsec, 7) << name;
  }
  EXPECT_NE(status_of(at("to/bin/tool")).st_ino, status_of(at("from/bin/tool")).st_ino);
}

TEST_F(Files, CopyDropsSetIdBitsAndTakesOnlyFilesAndLinks) {
  write(at("from/tool"), "x");
  fs::permissions(at("from/tool"), fs::perms{07755});
  fs::permissions(at("from"), fs::perms{03755});
  copy_tree(at("from"), at("to"));
  EXPECT_EQ(status_of(at("to/tool")).st_mode & 07777U, 0755U);
  EXPECT_EQ(status_of(at("to")).st_mode & 07777U, 0755U);
  ASSERT_EQ(mkfifo(at("from/pipe").c_str(), 0600), 0);
  EXPECT_THROW(copy_tree(at("from"), at("again")), Failure);
}

TEST_F(Files, CopyByHardLinkSharesFilesButNotDirectories) {
  write(at("from/d/file"), "x");
  fs::create_symlink("d", at("from/link"));
  copy_tree(at("from"), at("to"), true);
  EXPECT_EQ(status_of(at("to/d/file")).st_ino, status_of(at("from/d/file")).st_ino);
  EXPECT_NE(status_of(at("to/d")).st_ino, status_of(at("from/d")).st_ino);
  EXPECT_TRUE(fs::is_symlink(at("to/link")));
}

TEST_F(Files, CopyOfAMissingTreeIsAFailure) {
  EXPECT_THROW(copy_tree(at("absent"), at("to")), Failure);
}

TEST_F(Files, TreeBytesCountAHardLinkedFileOnce) {
  write(at("d/file"), std::string(100'000, 'x'));
  const auto once = tree_bytes(at("d"));
  EXPECT_GE(once, 90'000U);
  fs::create_hard_link(at("d/file"), at("d/again"));
  EXPECT_EQ(tree_bytes(at("d")), once);
  EXPECT_EQ(tree_bytes(at("absent")), 0U);
}

TEST_F(Files, RemoveTreeToleratesAMissingOne) { EXPECT_NO_THROW(remove_tree(at("absent"))); }

TEST_F(Files, RemoveTreeOpensReadOnlyDirectories) {
  write(at("d/sub/deep/file"), "x");
  for (const char* name : {"d/sub/deep", "d/sub", "d"})
    fs::permissions(at(name), fs::perms::owner_read | fs::perms::owner_exec);
  const int status = in_child([&] {
    if (!become_ordinary(root())) return 2;
    remove_tree(at("d"));
    return fs::exists(at("d")) ? 1 : 0;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(Files, RemoveTreeDoesNotFollowSymlinks) {
  write(at("kept/file"), "x");
  fs::create_directories(at("d"));
  fs::create_directory_symlink(at("kept"), at("d/link"));
  remove_tree(at("d"));
  EXPECT_TRUE(fs::exists(at("kept/file")));
}

TEST_F(Files, TemporaryDirectoryGoesWithItsObject) {
  fs::path kept;
  fs::path removed;
  {
    TemporaryDirectory first(at("parent"), "stem");
    TemporaryDirectory second(at("parent"), "stem");
    EXPECT_NE(first.path(), second.path());
    removed = first.path();
    kept = second.path();
    TemporaryDirectory moved(std::move(first));
    EXPECT_TRUE(fs::is_directory(removed));
    second.release();
  }
  EXPECT_FALSE(fs::exists(removed));
  EXPECT_TRUE(fs::exists(kept));
}

TEST_F(Files, AnOtherNamespaceSeesByTheLockThatATemporaryDirectoryIsInUse) {
  fs::path lock;
  {
    const TemporaryDirectory held(at("parent"), "stem", Liveness::locked);
    lock = held.path().string() + std::string(kLivenessSuffix);
    EXPECT_FALSE(FileLock::try_acquire(lock));
    EXPECT_EQ(entries("parent"), 2U);
  }
  EXPECT_FALSE(fs::exists(lock));
  EXPECT_EQ(entries("parent"), 0U);
}

// Some archives and programs make such trees; what goes down into one has a file open for each
// level.
TEST_F(Files, RemoveTreeTakesOneThatIsDeeperThanThereMayBeOpenFiles) {
  constexpr int kLevels = 150;
  const std::string name(100, 'a');  // so that the path is longer than PATH_MAX, too
  const int status = in_child([&] {
    fs::create_directories(at("deep"));
    if (chdir(at("deep").c_str()) != 0) return 2;
    for (int level = 0; level < kLevels; ++level)
      if (mkdir(name.c_str(), 0700) != 0 || chdir(name.c_str()) != 0) return 3;
    if (chdir("/") != 0) return 4;
    const rlimit few = {64, 64};
    setrlimit(RLIMIT_NOFILE, &few);
    remove_tree(at("deep"));
    return fs::exists(at("deep")) ? 1 : 0;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(Files, TemporaryFilesAreMadeWhereThatIsPossible) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  fs::create_directories(at("mine"));
  setenv("TMPDIR", at("mine").c_str(), 1);
  EXPECT_EQ(temporary_files(), at("mine"));
  for (const fs::path& unfit : {at("absent"), fs::path("/dev/null"), fs::path()}) {
    setenv("TMPDIR", unfit.c_str(), 1);
    EXPECT_EQ(temporary_files(), "/tmp") << unfit;
  }
  if (before != nullptr)
    setenv("TMPDIR", kept.c_str(), 1);
  else
    unsetenv("TMPDIR");
}

TEST_F(Files, WhatMayNotBeWrittenSaysWhoseItIs) {
  const int status = in_child([&] {
    if (geteuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0) return 2;
    return system_reason(EACCES, "/etc/shadow").find("belongs to root") != std::string::npos ? 0
                                                                                             : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_THAT(system_reason(EMFILE), HasSubstr("ulimit -n"));
  EXPECT_THAT(system_reason(ENOSPC), HasSubstr("store prune"));
  EXPECT_EQ(user_name(0), "root");
  EXPECT_EQ(user_name(3999999), "uid 3999999");
}

TEST_F(Files, OnlyWhatRootLeftBelowOnesOwnIsToBeGivenBack) {
  if (geteuid() != 0) return;  // only root can leave something of root's
  fs::create_directories(at("mine/roots"));
  const int status = in_child([&] {
    if (chown(at("mine").c_str(), kNobody, kNobody) != 0 || chmod(root().c_str(), 0755) != 0 ||
        setresuid(kNobody, kNobody, kNobody) != 0)
      return 3;
    const std::string remedy = "sudo chown -R nobody " + at("mine/roots").string();
    if (system_reason(EACCES, at("mine/roots/new")).find(remedy) == std::string::npos) return 1;
    return system_reason(EACCES, "/nonexistent/x").find("chown") == std::string::npos ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(Files, FreeBytesOfAMissingDirectoryAreZero) {
  EXPECT_GT(free_bytes(root()), 0U);
  EXPECT_EQ(free_bytes(at("absent")), 0U);
}

}  // namespace
}  // namespace pytune
