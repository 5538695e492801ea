#include "unit/sys/scratch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "store/store.h"
#include "unit/sys/marked_child.h"
#include "unit/sys/recorded_listener.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::in_child;
using sys_test::MarkedChild;
using sys_test::write;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class StoreScratch : public sys_test::Scratch {
 protected:
  void SetUp() override { clear_stop_request(); }
  std::vector<std::string> names(const std::string& directory) const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(at(directory)))
      result.push_back(entry.path().filename());
    return result;
  }
};

TEST_F(StoreScratch, SlotsAreEmptyDistinctAndOfOneLength) {
  Store store(at("store"));
  write(at("store/work/00/left/over"), "x");
  const WorkSlot first = store.acquire_slot();
  const WorkSlot second = store.acquire_slot();
  EXPECT_TRUE(fs::is_empty(first.path()));
  EXPECT_TRUE(fs::is_empty(second.path()));
  EXPECT_NE(first.path(), second.path());
  EXPECT_EQ(first.path().string().size(), second.path().string().size());
}

TEST_F(StoreScratch, FreedSlotIsUsedAgain) {
  Store store(at("store"));
  fs::path path;
  {
    const WorkSlot slot = store.acquire_slot();
    path = slot.path();
    write(path / "file", "x");
  }
  const WorkSlot slot = store.acquire_slot();
  EXPECT_EQ(slot.path(), path);
  EXPECT_TRUE(fs::is_empty(path));
}

TEST_F(StoreScratch, WhatADeadRunLeftInASlotIsEndedAndAStrangerThereIsNot) {
  Store store(at("store"));
  const fs::path build = at("store/work/00/build");
  fs::create_directories(build);
  const std::string dead(32, 'd');
  const MarkedChild orphan(dead + ".00000001", build);
  const MarkedChild stranger(std::string(32, 'e') + ".00000001", build);
  write(at("store/work/00.lock"), dead + "\n");
  const WorkSlot slot = store.acquire_slot();
  ASSERT_EQ(slot.number(), 0);
  EXPECT_TRUE(orphan.ended());
  EXPECT_FALSE(stranger.ended());
  EXPECT_TRUE(fs::is_empty(slot.path()));
}

TEST_F(StoreScratch, ASlotThatIsALinkIsLeftAloneAndAnotherOneTaken) {
  Store store(at("store"));
  test::RecordedListener listener;
  store.tell(listener);
  write(at("elsewhere/precious"), "x");
  fs::create_directory_symlink(at("elsewhere"), at("store/work/00"));
  write(at("store/work/01"), "a file");
  const MarkedChild stranger(std::string(32, 'e') + ".00000001", at("elsewhere"));
  const WorkSlot slot = store.acquire_slot();
  EXPECT_EQ(slot.number(), 2);
  store.sweep_leftovers();
  EXPECT_FALSE(stranger.ended());
  EXPECT_TRUE(fs::exists(at("elsewhere/precious")));
  EXPECT_TRUE(fs::is_symlink(at("store/work/00")));
  EXPECT_EQ(listener.warnings.size(), 2U);  // once each, though met twice
  EXPECT_THAT(listener.warnings.front(), HasSubstr("work/00: is no directory"));
}

TEST_F(StoreScratch, SweepClearsWhatNoLiveProcessHolds) {
  Store store(at("store"));
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  write(at("store/staging/compile." + std::to_string(pid) + ".abcdef/half"), "x");
  // Its number is another process's by now.
  const std::string reused = "store/staging/compile." + std::to_string(getpid()) + ".abcdef";
  write(at(reused) / "half", "x");
  write(at(reused + ".lock"), "");
  write(at("store/work/05/left"), "x");
  const TemporaryDirectory mine = store.staging("mine");
  const WorkSlot slot = store.acquire_slot();
  write(slot.path() / "file", "x");
  store.sweep_leftovers();
  const std::string kept = mine.path().filename().string();
  EXPECT_THAT(names("store/staging"), UnorderedElementsAre(kept, kept + ".lock"));
  EXPECT_FALSE(fs::exists(at("store/work/05")));
  EXPECT_TRUE(fs::exists(slot.path() / "file"));
}

TEST_F(StoreScratch, AStagingDirectoryInUseElsewhereIsToldByItsLockAndNotByANumber) {
  Store store(at("store"));
  // As of a process of another container: no process here has this number.
  const fs::path theirs = at("store/staging/source.4194304.abcdef");
  write(theirs / "half", "x");
  {
    const FileLock alive = FileLock::acquire(theirs.string() + ".lock");
    store.sweep_leftovers();
    EXPECT_TRUE(fs::exists(theirs / "half"));
  }
  store.sweep_leftovers();
  EXPECT_THAT(names("store/staging"), IsEmpty());
}

TEST_F(StoreScratch, ALeftoverThatCannotBeRemovedIsAWarning) {
  {
    const Store made(at("store"));
  }
  const int status = in_child([&] {
    // Root may remove anything, but not where something is mounted on; others not what is not
    // theirs.
    write(at("store/staging/x.999999999.abcdef/half"), "x");
    fs::create_directories(at("store/work/00/build"));
    constexpr uid_t kNobody = 65534;
    if (geteuid() != 0) return 0;
    for (const char* name : {"store", "store/locks", "store/work", "store/staging"})
      if (chown(at(name).c_str(), kNobody, kNobody) != 0) return 2;
    if (chmod(root().c_str(), 0755) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) return 2;
    Store store(at("store"));
    test::RecordedListener listener;
    store.tell(listener);
    store.sweep_leftovers();
    const WorkSlot slot = store.acquire_slot();
    return listener.warnings.size() == 2 && slot.number() == 1 ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pytune
