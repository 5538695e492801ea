#include "report/counter_table.h"

#include <gmock/gmock.h>

#include <sstream>

namespace pytune {
namespace {

using testing::HasSubstr;
using testing::Not;

ArmCounters arm(const std::string& id, double instructions, double running) {
  ArmCounters one;
  one.arm = id;
  one.instructions = instructions;
  one.ipc = 2;
  one.rates = {{"INST_RETIRED", 1000, {1'000'000, 100}},
               {"CPU_CYCLES", 500, {500'000, 100}},
               {"BR_MIS_PRED_RETIRED", 4, {4'000, running}},
               {"ITLB_WALK", 0.25, {250, 100}}};
  one.top_down = TopDown{"neoverse-v2", {{"retiring", 0.4}, {"bad speculation", 0.125}}, ""};
  return one;
}

std::string printed_table(const CounterComparison& counters, const std::string& suffix = "") {
  std::ostringstream out;
  const Page page{.out = out};
  print_counters(page, counters, [&](const std::string& id) { return id + suffix; });
  return out.str();
}

CounterComparison example() {
  return {"base", {0x41, 0xd4f, 0, 1}, {"nbody"}, {arm("base", 1, 100), arm("fast", 0.9, 60)}};
}

TEST(CounterTable, ShowsEachInterpretersRates) {
  const std::string text = printed_table(example());
  EXPECT_THAT(text, HasSubstr("measured, neoverse-v2, 1 workload, user space"));
  EXPECT_THAT(text, HasSubstr("  interpreter   instr.     IPC br.miss    ITLB\n"));
  EXPECT_THAT(text, HasSubstr("  base          1.000x    2.00    4.00    0.25\n"));
}

TEST(CounterTable, MarksWhatPerfExtrapolated) {
  const std::string text = printed_table(example());
  EXPECT_THAT(text, HasSubstr("  fast          0.900x    2.00   4.00~    0.25\n"));
  EXPECT_THAT(text, HasSubstr("~: there were fewer counters"));
  CounterComparison sure = example();
  sure.arms.pop_back();
  EXPECT_THAT(printed_table(sure), Not(HasSubstr("~")));
}

TEST(CounterTable, NamesTheFormulasOfTheTopDownShares) {
  const std::string text = printed_table(example());
  EXPECT_THAT(text, HasSubstr("formulas: neoverse-v2"));
  EXPECT_THAT(text, HasSubstr("  base          retiring 40.0 %  bad speculation 12.5 %\n"));
}

TEST(CounterTable, GivesALongNameALineOfItsOwn) {
  const std::string text = printed_table(example(), " of a very long and winding name");
  EXPECT_THAT(text, HasSubstr("  base of a very long and winding name\n                1.000x"));
}

TEST(CounterTable, OfNothingIsNothing) { EXPECT_EQ(printed_table({}), ""); }

}  // namespace
}  // namespace pytune
