#include "store/store.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>

#include <atomic>

#include "sys/error.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::in_child;
using sys_test::message;
using sys_test::write;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const StepId kId{"train", "0123456789abcdef"};

class Stores : public sys_test::Scratch {
 protected:
  void SetUp() override { clear_stop_request(); }

  Step produce(Store& store, const StepId& id = kId, bool ok = true) {
    return store.produce(id, {{"in", 1}}, [&](const fs::path& staging) {
      ++made_;
      write(staging / "result", "made");
      return StepResult{ok, {{"number", made_.load()}}};
    });
  }
  std::vector<std::string> names(const std::string& directory) const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(at(directory)))
      result.push_back(entry.path().filename());
    return result;
  }

  std::atomic<int> made_ = 0;
};

TEST_F(Stores, PathThatMakeCannotTakeIsRefusedAndNothingIsMadeThere) {
  for (const std::string name : {"with blank", "with$dollar", "with:colon", "with'quote"}) {
    EXPECT_THAT(message<UsageError>([&] { Store{at(name)}; }),
                HasSubstr("make cannot build in a directory whose path holds '"));
    EXPECT_FALSE(fs::exists(at(name)));
  }
}

TEST_F(Stores, StepIsMadeOnceAndThenCached) {
  Store store(at("store"));
  EXPECT_FALSE(store.find(kId).has_value());
  const Step first = produce(store);
  EXPECT_FALSE(first.cached);
  EXPECT_TRUE(first.ok);
  EXPECT_EQ(read_file(first.directory / "result"), "made");
  const Step second = produce(store);
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(second.inputs, nlohmann::json({{"in", 1}}));
  EXPECT_EQ(second.details, nlohmann::json({{"number", 1}}));
  EXPECT_EQ(second.created, first.created);
  EXPECT_EQ(made_, 1);
  EXPECT_THAT(names("store/staging"), IsEmpty());
  Store reopened(at("store"));
  EXPECT_TRUE(produce(reopened).cached);
}

TEST_F(Stores, ExceptionLeavesNothingBehind) {
  Store store(at("store"));
  EXPECT_THROW(store.produce(kId, {},
                             [](const fs::path& staging) -> StepResult {
                               write(staging / "half", "x");
                               throw Failure("broken");
                             }),
               Failure);
  EXPECT_FALSE(store.find(kId).has_value());
  EXPECT_FALSE(fs::exists(store.directory(kId)));
  EXPECT_THAT(names("store/staging"), IsEmpty());
  EXPECT_FALSE(produce(store).cached);
}

TEST_F(Stores, RecordedFailureIsNotRetried) {
  Store store(at("store"));
  EXPECT_FALSE(produce(store, kId, false).ok);
  const Step again = produce(store, kId, true);
  EXPECT_FALSE(again.ok);
  EXPECT_TRUE(again.cached);
  EXPECT_EQ(made_, 1);
}

TEST_F(Stores, DamagedRecordCountsAsAbsentAndIsRemade) {
  Store store(at("store"));
  int expected = 1;
  for (const std::string damage :
       {"", "{\"ok\": tr", "[]", "null", "{}",
        R"({"ok": "yes", "inputs": {}, "details": {}, "created": ""})"}) {
    produce(store);
    write(store.directory(kId) / "record.json", damage);
    write(store.directory(kId) / "stale", "x");
    EXPECT_FALSE(store.find(kId).has_value()) << damage;
    EXPECT_FALSE(produce(store).cached) << damage;
    EXPECT_FALSE(fs::exists(store.directory(kId) / "stale"));
    EXPECT_EQ(made_, ++expected);
  }
}

TEST_F(Stores, RecordThatIsADirectoryIsDamaged) {
  Store store(at("store"));
  write(store.directory(kId) / "record.json" / "x", "");
  EXPECT_FALSE(store.find(kId).has_value());
  EXPECT_FALSE(produce(store).cached);
}

TEST_F(Stores, DirectoryWithoutARecordIsReplaced) {
  Store store(at("store"));
  write(store.directory(kId) / "half", "x");
  EXPECT_FALSE(produce(store).cached);
  EXPECT_FALSE(fs::exists(store.directory(kId) / "half"));
}

TEST_F(Stores, RefusesADirectoryThatIsSomethingElse) {
  write(at("home/letter"), "x");
  EXPECT_EQ(
      message<UsageError>([&] { Store{at("home")}; }),
      fs::canonical(at("home")).string() +
          ": not empty and not a pytune store; choose an empty or new directory with --store");
  EXPECT_THAT(names("home"), ElementsAre("letter"));
}

TEST_F(Stores, RefusesAnotherFormat) {
  write(at("store/FORMAT"), "pytune-store 2\n");
  EXPECT_THAT(message<UsageError>([&] { Store{at("store")}; }),
              HasSubstr("a store of another pytune version"));
}

TEST_F(Stores, RefusesAFile) {
  write(at("file"), "x");
  EXPECT_THAT(message<Failure>([&] { Store{at("file")}; }), HasSubstr("--store"));
}

TEST_F(Stores, ManyMayCreateOneStoreAtTheSameTime) {
  for (int round = 0; round < 40; ++round) {
    const fs::path root = at("store" + std::to_string(round));
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        try {
          const Store store(root);
        } catch (const std::exception&) {
          ++failures;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(failures, 0);
  }
}

TEST_F(Stores, ThreadsShareOneProduction) {
  Store store(at("store"));
  std::vector<std::thread> threads;
  std::atomic<int> cached = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Step step = store.produce(kId, {}, [&](const fs::path&) {
        ++made_;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return StepResult{true, nlohmann::json::object()};
      });
      cached += step.cached ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made_, 1);
  EXPECT_EQ(cached, 3);
}

TEST_F(Stores, ProcessesShareOneProduction) {
  static_cast<void>(Store(at("store")));  // its folders are there before the processes
  const auto child = [&] {
    Store store(at("store"));
    const Step step = store.produce(kId, {}, [&](const fs::path&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return StepResult{true, nlohmann::json::object()};
    });
    return step.cached ? 10 : 20;
  };
  int first = 0;
  std::thread other([&] { first = in_child(child); });
  const int second = in_child(child);
  other.join();
  EXPECT_EQ(first + second, 30);
}

TEST_F(Stores, ListsByKindOldestFirst) {
  Store store(at("store"));
  EXPECT_THAT(store.kinds(), IsEmpty());
  produce(store, {"train", "bb"});
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  produce(store, {"train", "aa"});
  produce(store, {"compile", "cc"});
  write(store.root() / "train" / "broken" / "record.json", "{");
  EXPECT_THAT(store.kinds(), ElementsAre("compile", "train"));
  std::vector<std::string> keys;
  for (const auto& step : store.list("train")) keys.push_back(step.id.key);
  EXPECT_THAT(keys, ElementsAre("bb", "aa"));
  EXPECT_THAT(store.list("absent"), IsEmpty());
}

TEST_F(Stores, RemovedStepIsGone) {
  Store store(at("store"));
  produce(store);
  store.remove(kId);
  EXPECT_FALSE(store.find(kId).has_value());
  EXPECT_THAT(names("store/staging"), IsEmpty());
  EXPECT_NO_THROW(store.remove(kId));
  EXPECT_FALSE(produce(store).cached);
}

TEST_F(Stores, WhatARunUsesIsNotPrunedUntilItEnds) {
  Store pruner(at("store"), StoreAccess::prune);
  {
    Store maker(at("store"));
    produce(maker);
    EXPECT_FALSE(pruner.prune(kId)) << "made";
  }
  {
    Store user(at("store"));
    ASSERT_TRUE(user.find(kId));
    EXPECT_FALSE(pruner.prune(kId)) << "found";
    EXPECT_FALSE(Store(at("store"), StoreAccess::look).prune(kId));
  }
  {
    const Store user(at("store"));
    user.use_what_holds(at("store/train") / kId.key / "bin" / "python");
    EXPECT_FALSE(pruner.prune(kId)) << "a path in it";
  }
  const Store looks_around(at("store"));
  EXPECT_EQ(looks_around.list("train").size(), 1U);
  ASSERT_TRUE(pruner.find(kId));
  EXPECT_TRUE(pruner.prune(kId));
  EXPECT_FALSE(pruner.find(kId));
}

TEST_F(Stores, WhatAKilledRunUsedIsPruned) {
  sys_test::in_child([&] {
    Store killed(at("store"));
    produce(killed);
    kill(getpid(), SIGKILL);
    return 0;
  });
  Store pruner(at("store"), StoreAccess::prune);
  EXPECT_TRUE(pruner.prune(kId));
  pruner.sweep_leftovers();
  for (const auto& name : names("store/locks")) EXPECT_FALSE(name.ends_with(".uses")) << name;
}

TEST_F(Stores, AStoreThatIsOnlyLookedAtIsNotTouched) {
  EXPECT_THAT(Store(at("absent"), StoreAccess::look).kinds(), IsEmpty());
  EXPECT_FALSE(fs::exists(at("absent")));
  {
    Store store(at("store"));
    produce(store);
  }
  Store looked_at(at("store"), StoreAccess::look);
  EXPECT_TRUE(looked_at.find(kId));
  EXPECT_THROW(produce(looked_at), std::logic_error);
  EXPECT_THROW(looked_at.remove(kId), std::logic_error);
  EXPECT_THROW(looked_at.sweep_leftovers(), std::logic_error);
  EXPECT_THROW((void)looked_at.staging(), std::logic_error);
  EXPECT_TRUE(looked_at.prune(kId)) << "would be";
  EXPECT_TRUE(looked_at.find(kId));
  write(at("home/letter"), "x");
  EXPECT_THAT(message<UsageError>([&] { Store(at("home"), StoreAccess::look); }),
              HasSubstr("not a pytune store"));
}

TEST_F(Stores, KindAndKeyAreWords) {
  Store store(at("store"));
  for (const std::string bad : {"", "../x", "a/b", "A"}) {
    EXPECT_THROW(produce(store, {"train", bad}), std::invalid_argument);
    EXPECT_THROW(produce(store, {bad, "aa"}), std::invalid_argument);
  }
}

TEST_F(Stores, RootLeavesAUsersStoreAlone) {
  if (geteuid() != 0) return;  // only root can be somebody else than a store's owner
  {
    const Store made(at("store"));
  }
  ASSERT_EQ(chown(at("store").c_str(), 65534, 65534), 0);
  EXPECT_THAT(message<UsageError>([&] { const Store store(at("store")); }),
              HasSubstr("the store belongs to nobody"));
}

TEST_F(Stores, NamedLocksExclude) {
  Store store(at("store"));
  const FileLock lock = store.lock("session");
  EXPECT_FALSE(store.try_lock("session").has_value());
  EXPECT_TRUE(store.try_lock("other").has_value());
}

TEST(StepKey, DependsOnValuesAndNotOnTheOrderOfKeys) {
  const nlohmann::json first = nlohmann::json::parse(R"({"a": 1, "b": [1, 2]})");
  EXPECT_EQ(step_key(first), step_key(nlohmann::json::parse(R"({"b": [1, 2], "a": 1})")));
  EXPECT_NE(step_key(first), step_key(nlohmann::json::parse(R"({"b": [2, 1], "a": 1})")));
  EXPECT_EQ(step_key(first), sha256(R"({"a":1,"b":[1,2]})").substr(0, 16));
}

TEST(DefaultStore, TakesTheFirstThatIsSet) {
  const Environment before = current_environment();
  setenv("PYTUNE_STORE", "/s", 1);
  setenv("XDG_CACHE_HOME", "/c", 1);
  setenv("HOME", "/h", 1);
  EXPECT_EQ(default_store(), "/s");
  unsetenv("PYTUNE_STORE");
  EXPECT_EQ(default_store(), "/c/pytune");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(default_store(), "/h/.cache/pytune");
  unsetenv("HOME");
  EXPECT_THROW(default_store(), UsageError);
  for (const char* name : {"PYTUNE_STORE", "XDG_CACHE_HOME", "HOME"}) {
    if (const auto old = before.find(name); old != before.end())
      setenv(name, old->second.c_str(), 1);
  }
}

}  // namespace
}  // namespace pytune
