#include "interpreter/surroundings.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Surroundings, NamesWhatWouldChangeAnInterpreter) {
  EXPECT_THAT(withheld_variables({{"GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"},
                                  {"HOME", "/root"},
                                  {"LD_PRELOAD", "/usr/lib/libjemalloc.so.2"},
                                  {"MALLOC_ARENA_MAX", "2"},
                                  {"OMP_NUM_THREADS", "4"},
                                  {"PATH", "/usr/bin"},
                                  {"PYTHONMALLOC", "malloc"},
                                  {"PYTHON_JIT", "1"}}),
              ElementsAre("GLIBC_TUNABLES", "LD_PRELOAD", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS",
                          "PYTHONMALLOC", "PYTHON_JIT"));
}

TEST(Surroundings, KnowsTheVariablesOfLibraries) {
  const Environment ours = {{"NUMBA_NUM_THREADS", "1"},   {"NPY_DISABLE_CPU_FEATURES", "SVE"},
                            {"GOTO_NUM_THREADS", "1"},    {"FLEXIBLAS", "netlib"},
                            {"HUGETLB_MORECORE", "yes"},  {"COVERAGE_PROCESS_START", "x"},
                            {"GLIBCXX_FORCE_NEW", "1"},   {"VECLIB_MAXIMUM_THREADS", "1"},
                            {"DNNL_MAX_CPU_ISA", "AVX2"}, {"ONEDNN_VERBOSE", "1"}};
  EXPECT_EQ(withheld_variables(ours).size(), ours.size());
}

TEST(Surroundings, NamesNoRemedyThatIsRefused) {
  const std::string alone = withheld_note({{"PYTHONHASHSEED", "0"}});
  EXPECT_THAT(alone, HasSubstr("every arm of a block gets the same seed"));
  EXPECT_THAT(alone, testing::Not(HasSubstr("NAME=VALUE")));
  const std::string both = withheld_note({{"PYTHONHASHSEED", "0"}, {"PYTHON_GIL", "0"}});
  EXPECT_THAT(both, HasSubstr("measured without PYTHONHASHSEED, PYTHON_GIL, which"));
  EXPECT_THAT(both, HasSubstr("; else put the others before an interpreter"));
}

TEST(Surroundings, LeavesOutWhatCostsNothing) {
  EXPECT_THAT(withheld_variables({{"PYTHONDONTWRITEBYTECODE", "1"},
                                  {"PYTHONSTARTUP", "/root/.pythonrc"},
                                  {"PYTHONHASHSEED", ""},
                                  {"LDFLAGS", "-s"}}),
              IsEmpty());
  EXPECT_EQ(withheld_note({{"TERM", "dumb"}}), "");
}

TEST(Surroundings, NamesWhatBuildsDoNotGet) {
  const std::string note = build_note(
      {{"CFLAGS", "-O0"}, {"CPATH", "/x"}, {"MAKEFLAGS", "-n"}, {"SOURCE_DATE_EPOCH", "1"}});
  EXPECT_THAT(note, HasSubstr("built without CFLAGS, CPATH, MAKEFLAGS, which"));
  EXPECT_EQ(build_note({{"PATH", "/bin"}, {"LANG", "de_DE"}}), "");
}

TEST(Surroundings, SaysItInOneLine) {
  const std::string note = withheld_note({{"LD_EVIL\n\x1b[2J", "x"}, {"PYTHONMALLOC", "malloc"}});
  EXPECT_THAT(note, HasSubstr("PYTHONMALLOC"));
  EXPECT_EQ(note.find('\n'), std::string::npos);
  EXPECT_EQ(note.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace pytune
