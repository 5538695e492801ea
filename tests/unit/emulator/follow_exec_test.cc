#include "emulator/follow_exec.h"

#include <gmock/gmock.h>

namespace pytune::emulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> options_of(const std::vector<std::string>& words) {
  return parse_command_line(words).options;
}

TEST(FollowExec, KeepsTheOptionsBeforeTheProgram) {
  EXPECT_THAT(options_of({"qemu-aarch64", "-L", "/root", "-cpu", "max", "-plugin", "x.so,a=b",
                          "-strace", "./program", "-L", "/its/own"}),
              ElementsAre("-L", "/root", "-cpu", "max", "-plugin", "x.so,a=b", "-strace"));
}

TEST(FollowExec, DropsWhatOnlyTheFirstProgramShallHave) {
  EXPECT_THAT(options_of({"qemu", "-0", "name", "-E", "A=b", "--U", "C", "-cpu", "max", "p"}),
              ElementsAre("-cpu", "max"));
}

TEST(FollowExec, AProgramThatBinfmtStartedHasNoOptions) {
  EXPECT_THAT(options_of({"/usr/bin/qemu-aarch64", "/usr/bin/python3", "-c", "pass"}), IsEmpty());
  EXPECT_THAT(options_of({"qemu"}), IsEmpty());
  EXPECT_THAT(options_of({}), IsEmpty());
}

TEST(FollowExec, FindsTheProgramBehindTheOptions) {
  EXPECT_EQ(parse_command_line({"qemu", "-cpu", "max", "-strace", "-0", "-x", "p", "-q"}).program,
            "p");
  EXPECT_EQ(parse_command_line({"qemu", "p"}).program, "p");
  EXPECT_EQ(parse_command_line({"qemu", "-cpu"}).program, "");
}

TEST(FollowExec, FindsThePrefixAmongTheOptions) {
  EXPECT_EQ(prefix_of({"-cpu", "max", "-L", "/a/root/"}), "/a/root");
  EXPECT_EQ(prefix_of({"-L", "/first", "-L", "/last"}), "/last");
}

TEST(FollowExec, FindsThePrefixInTheEnvironment) {
  ASSERT_EQ(unsetenv("QEMU_LD_PREFIX"), 0);
  EXPECT_EQ(prefix_of({}), "");
  ASSERT_EQ(setenv("QEMU_LD_PREFIX", "/there", 1), 0);
  EXPECT_EQ(prefix_of({}), "/there");
  EXPECT_EQ(prefix_of({"-L", "/here"}), "/here");
  ASSERT_EQ(unsetenv("QEMU_LD_PREFIX"), 0);
}

}  // namespace
}  // namespace pytune::emulator
