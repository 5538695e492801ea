#include "perf/events.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "sys/files.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::SizeIs;

class ReadCore : public testing::Test {
 protected:
  void write(const fs::path& path, const std::string& text) {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << text;
  }
  fs::path root() const { return root_.path(); }

 private:
  TemporaryDirectory root_{testing::TempDir(), "core"};
};

TEST_F(ReadCore, ByTheIdentificationRegister) {
  write("sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "0x00000000410fd493\n");
  const Core core = read_core(root());
  EXPECT_EQ(core_name(core), "neoverse-n2");
  EXPECT_EQ(core.variant, 0);
  EXPECT_EQ(core.revision, 3);
}

TEST_F(ReadCore, ByCpuinfoWhereThereIsNoRegister) {
  write("proc/cpuinfo",
        "processor\t: 0\nCPU implementer\t: 0x41\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n"
        "CPU revision\t: 1\n");
  const Core core = read_core(root());
  EXPECT_EQ(core_name(core), "neoverse-n1");
  EXPECT_EQ(core.variant, 3);
  EXPECT_EQ(core.revision, 1);
}

TEST_F(ReadCore, IsGenericWhereNothingIsKnown) {
  EXPECT_EQ(core_name(read_core(root())), "generic");
  EXPECT_EQ(core_name({0x42, 0xd0c}), "generic");  // of another maker
  EXPECT_EQ(core_name({0x41, 0xd40}), "neoverse-v1");
  EXPECT_EQ(core_name({0x41, 0xd4f}), "neoverse-v2");
}

TEST(CounterEvents, StartWithInstructionsAndCycles) {
  for (const char* core : {"generic", "neoverse-n1", "neoverse-v2"}) {
    const auto events = counter_events(core);
    const bool arm = std::string(core) != "generic";
    EXPECT_EQ(events[0].name, arm ? kArmInstructions : kGenericInstructions);
    EXPECT_EQ(events[1].name, arm ? kArmCycles : kGenericCycles);
    std::set<std::string> names;
    for (const auto& event : events) {
      EXPECT_TRUE(names.insert(event.perf).second) << event.name;
      EXPECT_EQ(plain_event_name(event.perf + ":u"), event.perf);
    }
  }
}

TEST(CounterEvents, AskN1ForNoSlotsAndNoSve) {
  for (const auto& event : counter_events("neoverse-n1")) {
    EXPECT_EQ(event.name.find("SLOT"), std::string::npos);
    EXPECT_EQ(event.name.find("SVE"), std::string::npos);
  }
  EXPECT_THAT(counter_events("neoverse-n2"), SizeIs(counter_events("neoverse-n1").size() + 7));
}

TEST(PlainEventName, TakesUnitAndModifiersAway) {
  EXPECT_EQ(plain_event_name("armv8_pmuv3_0/instructions:u/"), "instructions");
  EXPECT_EQ(plain_event_name("cpu/L1-icache-load-misses/u"), "L1-icache-load-misses");
  EXPECT_EQ(plain_event_name("branches:u"), "branches");
  EXPECT_EQ(plain_event_name("r08:u"), "r8");
  EXPECT_EQ(plain_event_name("armv8_pmuv3_0/r0x8006/"), "r8006");
  EXPECT_EQ(plain_event_name("ref-cycles:u"), "ref-cycles");
  EXPECT_EQ(plain_event_name("/"), "");
}

std::vector<std::string> names(const std::vector<CounterEvent>& pass) {
  std::vector<std::string> all;
  for (const auto& event : pass) all.push_back(event.name);
  return all;
}

TEST(Passes, HoldInstructionsEachAndEveryEventOnce) {
  const std::vector<CounterEvent> events = {{"i", "i"}, {"a", "a"}, {"b", "b"}, {"c", "c"}};
  const auto passes = passes_of(events, 3);
  ASSERT_THAT(passes, SizeIs(2));
  EXPECT_THAT(names(passes[0]), ElementsAre("i", "a", "b"));
  EXPECT_THAT(names(passes[1]), ElementsAre("i", "c"));
  EXPECT_THAT(passes_of(events, 4), SizeIs(1));
  EXPECT_THAT(passes_of({events[0]}, 4), SizeIs(1));
  EXPECT_THAT(passes_of({}, 4), SizeIs(0));
}

}  // namespace
}  // namespace pytune
