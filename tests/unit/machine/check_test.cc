#include "machine/check.h"

#include <gmock/gmock.h>

#include <fstream>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A root directory with the files of a quiet, well set-up machine; each test spoils one.
class MachineCheck : public sys_test::Scratch {
 protected:
  void SetUp() override {
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    put("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
    put("sys/devices/system/cpu/cpufreq/boost", "0\n");
    put("sys/devices/system/cpu/smt/active", "0\n");
    put("sys/devices/system/cpu/isolated", "2-3\n");
    put("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    put("sys/bus/event_source/devices/armv8_pmuv3_0/type", "8\n");
    put("proc/sys/kernel/randomize_va_space", "2\n");
    put("proc/sys/kernel/perf_event_paranoid", "2\n");
    put("proc/loadavg", "0.10 0.20 0.30 1/200 12345\n");
    put("proc/stat", "cpu  1000 0 500 90000 10 0 0 5 0 0\ncpu0 1 2 3\n");
    put("proc/meminfo",
        "MemTotal:  16000000 kB\nMemAvailable:  8000000 kB\nSwapTotal: 2000000 kB\nSwapFree: "
        "2000000 kB\n");
  }
  void put(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(at("root/" + name)).parent_path());
    std::ofstream(at("root/" + name)) << text;
  }
  Finding finding(const std::string& topic) {
    for (const auto& one : check_machine(at("root")))
      if (one.topic == topic) return one;
    ADD_FAILURE() << "no finding about " << topic;
    return {};
  }
};

TEST_F(MachineCheck, AQuietMachineHasNothingToMend) {
  for (const auto& one : check_machine(at("root"))) {
    EXPECT_EQ(one.level, Finding::Level::ok) << one.topic << ": " << one.state;
    EXPECT_EQ(one.remedy, "") << one.topic;
    EXPECT_NE(one.state, "") << one.topic;
  }
}

TEST_F(MachineCheck, EveryProblemIsFoundAndNamesItsRemedy) {
  struct Case {
    const char* topic;
    const char* file;
    const char* text;
    const char* state;
  };
  for (const Case& c : {
           Case{"governor", "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "schedutil\n",
                "schedutil"},
           Case{"turbo", "sys/devices/system/cpu/cpufreq/boost", "1\n", "on"},
           Case{"turbo", "sys/devices/system/cpu/intel_pstate/no_turbo", "0\n", "on"},
           Case{"ASLR", "proc/sys/kernel/randomize_va_space", "0\n", "off"},
           Case{"swap", "proc/meminfo", "SwapTotal: 2000000 kB\nSwapFree: 1000000 kB\n",
                "1024 MB of it in use"},
           Case{"load", "proc/loadavg", "1.75 1 1 3/200 3\n", "1.75"},
           Case{"steal", "proc/stat", "cpu 800 0 100 900 0 0 0 100\n", "10.0 %"},
           Case{"memory", "proc/meminfo", "MemAvailable: 500000 kB\n", "0.5 GB free"},
       }) {
    SetUp();
    put(c.file, c.text);
    const Finding found = finding(c.topic);
    EXPECT_EQ(found.level, Finding::Level::problem) << c.topic;
    EXPECT_THAT(found.state, HasSubstr(c.state));
    EXPECT_NE(found.remedy, "") << c.topic;
  }
}

TEST_F(MachineCheck, WhatCannotBeHelpedOrNeedNotIsANote) {
  put("sys/devices/system/cpu/smt/active", "1\n");
  EXPECT_EQ(finding("SMT").level, Finding::Level::note);
  put("sys/devices/system/cpu/isolated", "\n");
  EXPECT_EQ(finding("isolated CPUs").level, Finding::Level::note);
  put("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
  EXPECT_EQ(finding("huge pages").level, Finding::Level::note);
  put("proc/loadavg", "1.75 1 1 1/200 3\n");
  EXPECT_EQ(finding("load").level, Finding::Level::note);
  put("proc/sys/kernel/perf_event_paranoid", "3\n");
  EXPECT_EQ(finding("perf").level, Finding::Level::note);
  fs::remove_all(at("root/sys/bus"));
  EXPECT_EQ(finding("counters").level, Finding::Level::note);
}

TEST_F(MachineCheck, AKernelThatSaysNothingIsNoProblem) {
  for (const auto& one : check_machine(at("nowhere"))) {
    EXPECT_NE(one.level, Finding::Level::problem) << one.topic;
    EXPECT_EQ(one.remedy.empty(), one.level == Finding::Level::ok) << one.topic;
  }
}

TEST_F(MachineCheck, GarbageInTheFilesIsNoCrash) {
  for (const char* file :
       {"proc/stat", "proc/meminfo", "proc/loadavg", "proc/sys/kernel/randomize_va_space",
        "sys/devices/system/cpu/cpufreq/boost", "sys/devices/system/cpu/isolated",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
        "sys/kernel/mm/transparent_hugepage/enabled"})
    put(file, std::string("\xff\x00garbage\x1b[31m 99e999", 20));
  EXPECT_THAT(finding("governor").state, HasSubstr("garbage"));
  for (const auto& one : check_machine(at("root")))
    EXPECT_EQ(one.state.find('\x1b'), std::string::npos);
}

TEST_F(MachineCheck, MemoryThatAContainerMayNotUseIsNotFree) {
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/memory.max", "900000000\n");
  put("sys/fs/cgroup/memory.current", "200000000\n");
  EXPECT_THAT(finding("memory").state, HasSubstr("0.7 GB free"));
}

}  // namespace
}  // namespace pytune
