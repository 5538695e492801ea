#include "sys/process_mark.h"

#include <gmock/gmock.h>

#include "unit/sys/marked_child.h"

namespace pytune {
namespace {

using sys_test::MarkedChild;
using ::testing::HasSubstr;

const std::string kMark(32, 'a');

TEST(ProcessMark, EndsWhatCarriesItAndNothingElse) {
  const MarkedChild ours(kMark + ".00000001");
  const MarkedChild other_command(kMark + ".00000002");
  const MarkedChild other_run(std::string(32, 'b') + ".00000001");
  // The words stand in its environment, but not at the beginning of an entry.
  const MarkedChild mentions("x" + mark_entry(kMark + ".00000001"));
  EXPECT_TRUE(carries(ours.pid(), mark_entry(kMark)));
  EXPECT_FALSE(carries(other_run.pid(), mark_entry(kMark)));
  EXPECT_EQ(end_all_that_carry(mark_entry(kMark + ".00000001")), 1);
  EXPECT_TRUE(sys_test::eventually([&] { return ours.ended(); }));
  EXPECT_FALSE(other_command.ended());
  EXPECT_EQ(end_all_that_carry(mark_entry(kMark)), 1);
  EXPECT_TRUE(sys_test::eventually([&] { return other_command.ended(); }));
  EXPECT_FALSE(other_run.ended());
  EXPECT_FALSE(mentions.ended());
}

TEST(ProcessMark, IsOfOneLengthForEveryCommand) {
  const std::string first = next_command_mark();
  const std::string second = next_command_mark();
  EXPECT_NE(first, second);
  EXPECT_EQ(first.size(), second.size());
  EXPECT_THAT(first, HasSubstr(run_mark() + "."));
}

TEST(ProcessMark, WhatACommandStartsHasItEvenWithAnEnvironmentOfItsOwn) {
  Command command;
  command.argv = {"/bin/sh", "-c", "cat /proc/self/environ"};
  command.environment = {{"A", "1"}, {"PYTUNE_PROCESS", "somebody's"}};
  const std::string environment = SystemRunner().run(command).output;
  EXPECT_THAT(environment, HasSubstr(mark_entry(run_mark())));
  EXPECT_EQ(environment.find("somebody's"), std::string::npos);
}

TEST(ProcessMark, NoProcessOfThatNumberCarriesIt) {
  EXPECT_FALSE(carries(999'999'999, mark_entry(kMark)));
}

}  // namespace
}  // namespace pytune
