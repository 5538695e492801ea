#include "sys/user_variables.h"

#include <gmock/gmock.h>
#include <stdlib.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

struct Row {
  const char* name;
  bool tool, compiler, pip;
};

TEST(UserVariables, GoToWhomTheTableSays) {
  for (const Row& row : {
           Row{"PYTHONHOME", false, false, false},
           Row{"PYTHONPATH", false, false, false},
           Row{"PYTHON_GIL", false, false, false},
           Row{"LD_PRELOAD", false, false, false},
           Row{"LD_LIBRARY_PATH", true, false, true},
           Row{"GLIBC_TUNABLES", false, false, false},
           Row{"MALLOC_ARENA_MAX", false, false, false},
           Row{"OMP_NUM_THREADS", false, false, false},
           Row{"OPENBLAS_NUM_THREADS", false, false, false},
           Row{"PIP_INDEX_URL", false, false, true},
           Row{"PIP_CERT", false, false, true},
           Row{"PIP_TARGET", false, false, false},
           Row{"PIP_REQUIRE_HASHES", false, false, false},
           Row{"PIP_CONSTRAINT", false, false, false},
           Row{"CFLAGS", false, false, true},
           Row{"CPATH", false, false, true},
           Row{"C_INCLUDE_PATH", false, false, true},
           Row{"LIBRARY_PATH", false, false, true},
           Row{"GCC_EXEC_PREFIX", false, false, true},
           Row{"COMPILER_PATH", false, false, true},
           Row{"CCC_OVERRIDE_OPTIONS", false, false, true},
           Row{"SOURCE_DATE_EPOCH", false, false, false},
           Row{"MAKEFLAGS", false, false, false},
           Row{"FORCE_COLOR", false, false, false},
           Row{"CLICOLOR_FORCE", false, false, false},
           Row{"LANG", false, false, false},
           Row{"LC_MESSAGES", false, false, false},
           Row{"QEMU_CPU", false, false, false},
           Row{"https_proxy", true, true, true},
           Row{"TMPDIR", true, true, true},
           Row{"HOME", true, true, true},
           Row{"PATH", true, true, true},
           Row{"SOMETHING_ELSE", true, true, true},
       }) {
    const Environment ours = {{row.name, "value"}};
    EXPECT_EQ(environment_for(Audience::tool, ours).contains(row.name), row.tool) << row.name;
    EXPECT_EQ(environment_for(Audience::compiler, ours).contains(row.name), row.compiler)
        << row.name;
    EXPECT_EQ(environment_for(Audience::pip, ours).contains(row.name), row.pip) << row.name;
  }
}

TEST(UserVariables, MessagesAreInEnglish) {
  const Environment ours = {{"LC_ALL", "de_DE.UTF-8"}, {"LANGUAGE", "de"}};
  EXPECT_THAT(environment_for(Audience::tool, ours), ElementsAre(Pair("LC_ALL", "C")));
  EXPECT_THAT(environment_for(Audience::compiler, ours), ElementsAre(Pair("LC_ALL", "C")));
  EXPECT_THAT(environment_for(Audience::pip, ours), ElementsAre(Pair("LC_ALL", "C.UTF-8")));
}

TEST(UserVariables, OnlyThoseOfTheEffectAreNamed) {
  const Environment ours = {
      {"CFLAGS", "-O0"}, {"CPATH", ""}, {"MAKEFLAGS", "-n"}, {"PYTHONHOME", "/x"}};
  EXPECT_THAT(withheld_from(Audience::compiler, Effect::build, ours),
              ElementsAre("CFLAGS", "MAKEFLAGS"));
  EXPECT_THAT(withheld_from(Audience::pip, Effect::build, ours), ElementsAre("MAKEFLAGS"));
}

TEST(UserVariables, ACommandWithoutAnEnvironmentGetsThatOfATool) {
  setenv("PYTHONHOME", "/nowhere", 1);
  setenv("FORCE_COLOR", "1", 1);
  setenv("PYTUNE_TEST_VARIABLE", "passed", 1);
  Command command;
  command.argv = {"env"};
  const Outcome outcome = SystemRunner().run(command);
  for (const char* name : {"PYTHONHOME", "FORCE_COLOR", "PYTUNE_TEST_VARIABLE"}) unsetenv(name);
  EXPECT_THAT(outcome.output, HasSubstr("PYTUNE_TEST_VARIABLE=passed\n"));
  EXPECT_THAT(outcome.output, HasSubstr("LC_ALL=C\n"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("PYTHONHOME")));
  EXPECT_THAT(outcome.output, Not(HasSubstr("FORCE_COLOR")));
}

}  // namespace
}  // namespace pytune
