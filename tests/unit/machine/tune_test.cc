#include "machine/tune.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "machine/settings.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using State = TuneStep::State;

constexpr const char* kPolicy0 = "sys/devices/system/cpu/cpufreq/policy0/scaling_governor";
constexpr const char* kSwappiness = "proc/sys/vm/swappiness";

// A root directory as the kernel has it; plain files, so choices are a word.
class MachineTune : public sys_test::Scratch {
 protected:
  void SetUp() override {
    for (const auto& [name, text] : before_) put(name, text);
    fs::create_directories(at("root/sys/devices/system/cpu/cpu0"));
    fs::create_directory_symlink("../cpufreq/policy0",
                                 at("root/sys/devices/system/cpu/cpu0/cpufreq"));
    boot("one");
  }
  void put(const std::string& name, const std::string& text) {
    sys_test::write(at("root/" + name), text);
  }
  void boot(const std::string& id) { put("proc/sys/kernel/random/boot_id", id + "\n"); }
  std::string read(const std::string& name) { return read_file(at("root/" + name)); }
  void expect_as_before() {
    for (const auto& [name, text] : before_) EXPECT_EQ(read(name), text) << name;
  }
  MachineTuning tuning() { return {at("root"), at("state")}; }
  static TuneStep step(const TuneReport& report, const std::string& path) {
    for (const auto& one : report.steps)
      if (one.path == "/" + path) return one;
    ADD_FAILURE() << "no step for " << path;
    return {};
  }

  const std::map<std::string, std::string> before_ = {
      {kPolicy0, "schedutil\n"},
      {"sys/devices/system/cpu/cpufreq/policy10/scaling_governor", "performance\n"},
      {"sys/devices/system/cpu/cpufreq/policy0/energy_performance_preference",
       "balance_performance\n"},
      {"sys/devices/system/cpu/cpufreq/boost", "1\n"},
      {"sys/devices/system/cpu/smt/control", "on\n"},
      {"sys/kernel/mm/transparent_hugepage/enabled", "always\n"},
      {"proc/sys/kernel/randomize_va_space", "2\n"},
      {"proc/sys/kernel/perf_event_paranoid", "-1\n"},
      {kSwappiness, "60\n"}};
};

TEST_F(MachineTune, SetsWhatMakesTimesUnevenAndNothingElse) {
  const TuneReport report = tuning().tune(false);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(read(kPolicy0), "performance\n");
  EXPECT_EQ(read("sys/devices/system/cpu/cpufreq/boost"), "0\n");
  EXPECT_EQ(read("sys/kernel/mm/transparent_hugepage/enabled"), "madvise\n");
  EXPECT_EQ(read(kSwappiness), "1\n");
  for (const char* same :
       {"sys/devices/system/cpu/smt/control", "proc/sys/kernel/randomize_va_space",
        "proc/sys/kernel/perf_event_paranoid",
        "sys/devices/system/cpu/cpufreq/policy0/energy_performance_preference"})
    EXPECT_EQ(read(same), before_.at(same));
  EXPECT_EQ(step(report, kPolicy0).state, State::done);
  EXPECT_EQ(step(report, kPolicy0).from, "schedutil");
  EXPECT_EQ(step(report, "proc/sys/kernel/randomize_va_space").state, State::fine);
}

TEST_F(MachineTune, ACpusLinkToItsPolicyIsNoSecondSetting) {
  const auto settings = machine_settings(at("root"));
  EXPECT_EQ(std::count_if(settings.begin(), settings.end(),
                          [](const auto& s) { return s.topic == "governor" && !s.follows; }),
            2);
}

TEST_F(MachineTune, OfAChoiceTheChosenWordCounts) {
  EXPECT_EQ(setting_value("always [madvise] never\n"), "madvise");
  EXPECT_EQ(setting_value("powersave\n"), "powersave");
  EXPECT_EQ(setting_value("]["), "][");
  put("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  ASSERT_TRUE(tuning().tune(false).complete());
  ASSERT_TRUE(tuning().restore(false).complete());
  // The kernel takes one word and shows all; a plain file keeps what was written.
  EXPECT_EQ(read("sys/kernel/mm/transparent_hugepage/enabled"), "always\n");
}

TEST_F(MachineTune, PutsBackEveryByteAndForgetsIt) {
  put(kSwappiness, "60");  // without an end of line, to be exact about it
  ASSERT_TRUE(tuning().tune(false).kept);
  put("sys/devices/system/cpu/cpufreq/policy0/energy_performance_preference", "performance\n");
  const TuneReport report = tuning().restore(false);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(read(kSwappiness), "60");
  put(kSwappiness, "60\n");
  expect_as_before();
  EXPECT_FALSE(fs::exists(tuning().record_file()));
  EXPECT_THAT(tuning().restore(false).notes.at(0), HasSubstr("nothing to put back"));
}

TEST_F(MachineTune, ASecondTuneKeepsTheFirstOnesOriginals) {
  tuning().tune(false);
  EXPECT_TRUE(tuning().tune(false).kept);
  // One that came later, such as a CPU that was switched on.
  put("sys/devices/system/cpu/cpufreq/policy2/scaling_governor", "ondemand\n");
  tuning().tune(false);
  EXPECT_TRUE(tuning().restore(false).complete());
  expect_as_before();
  EXPECT_EQ(read("sys/devices/system/cpu/cpufreq/policy2/scaling_governor"), "ondemand\n");
}

TEST_F(MachineTune, AValueSomebodyChangedSinceIsLeftAndSaid) {
  tuning().tune(false);
  put(kPolicy0, "powersave\n");
  TuneReport report = tuning().tune(false);
  EXPECT_EQ(step(report, kPolicy0).state, State::left);
  EXPECT_THAT(step(report, kPolicy0).reason, HasSubstr("before --tune it was schedutil"));
  report = tuning().restore(false);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(step(report, kPolicy0).state, State::left);
  EXPECT_THAT(step(report, kPolicy0).remedy, HasSubstr("--force"));
  EXPECT_EQ(read(kPolicy0), "powersave\n");
  EXPECT_EQ(read(kSwappiness), "60\n");  // the others are back
  EXPECT_TRUE(tuning().restore(true).complete());
  expect_as_before();
}

TEST_F(MachineTune, AfterARestartTheRecordIsDroppedAndNothingIsWritten) {
  tuning().tune(false);
  boot("two");
  put(kPolicy0, "ondemand\n");
  EXPECT_THAT(tuning().finding().state, HasSubstr("restarted since"));
  const TuneReport report = tuning().restore(false);
  EXPECT_THAT(report.notes.at(0), HasSubstr("restarted"));
  EXPECT_EQ(read(kPolicy0), "ondemand\n");
  EXPECT_FALSE(fs::exists(tuning().record_file()));
  tuning().tune(false);
  tuning().restore(false);
  EXPECT_EQ(read(kPolicy0), "ondemand\n");
}

TEST_F(MachineTune, ALinkIsNotFollowedWhenWriting) {
  fs::create_symlink(at("root/proc/sys/vm/swappiness"), at("link"));
  EXPECT_EQ(write_setting(at("link"), "1\n"), ELOOP);
  EXPECT_EQ(read(kSwappiness), "60\n");
}

TEST_F(MachineTune, NothingIsWrittenWhereTheOriginalsCannotBeKept) {
  sys_test::write(at("state"), "a file");
  EXPECT_THAT(sys_test::message<Failure>([&] { tuning().tune(false); }), HasSubstr("--state"));
  expect_as_before();
}

TEST_F(MachineTune, AHalfWrittenFileIsPutBackWhole) {
  tuning().tune(false);
  put(kPolicy0, "schedutil\ne\n");  // killed between the write and the cut
  EXPECT_TRUE(tuning().restore(false).complete());
  expect_as_before();
}

TEST_F(MachineTune, ARecordThatNamesAnotherFileIsRefused) {
  tuning().tune(false);
  std::string text = read_file(tuning().record_file());
  text.replace(text.find(kSwappiness), std::string(kSwappiness).size(), "../../etc/passwd");
  sys_test::write(tuning().record_file(), text);
  EXPECT_THAT(sys_test::message<Failure>([&] { tuning().restore(false); }),
              HasSubstr("is not a setting of --tune"));
  EXPECT_EQ(tuning().finding().level, Finding::Level::problem);
}

TEST_F(MachineTune, DoctorSaysThatSomethingWaitsToBePutBack) {
  EXPECT_EQ(tuning().finding().level, Finding::Level::ok);
  tuning().tune(false);
  EXPECT_EQ(tuning().finding().level, Finding::Level::note);
  EXPECT_THAT(tuning().finding().remedy, HasSubstr("--restore"));
}

}  // namespace
}  // namespace pytune
