#include "spec/arm_words.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using sys_test::message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

ArmWords last_way(const std::string& text) { return ways_to_read(text).back(); }

TEST(ArmWords, VariablesStandBeforeTheInterpreter) {
  const ArmWords words = last_way("PYTHON_JIT=1  GLIBC_TUNABLES=glibc.malloc.hugetlb=1 ./python");
  EXPECT_EQ(words.python, "./python");
  EXPECT_THAT(words.variables, ElementsAre(Pair("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
                                           Pair("PYTHON_JIT", "1")));
}

TEST(ArmWords, ValuesAreQuotedAsForAShellAndMayBeEmpty) {
  const ArmWords words =
      last_way(R"(A='x y' B="p'q" C=a\ b D= E=1'2'"3" /opt/my python/bin/python3)");
  EXPECT_THAT(words.variables, ElementsAre(Pair("A", "x y"), Pair("B", "p'q"), Pair("C", "a b"),
                                           Pair("D", ""), Pair("E", "123")));
  EXPECT_EQ(words.python, "/opt/my python/bin/python3");
  EXPECT_EQ(last_way(shown_variables(words.variables) + "python3").variables, words.variables);
}

TEST(ArmWords, EachWayToReadHasOneMoreVariable) {
  const auto ways = ways_to_read("PYTHON_JIT=1 opt=O2 lto=full");
  ASSERT_EQ(ways.size(), 4U);
  EXPECT_THAT(ways[0].variables, IsEmpty());
  EXPECT_EQ(ways[0].python, "PYTHON_JIT=1 opt=O2 lto=full");
  EXPECT_EQ(ways[1].python, "opt=O2 lto=full");
  EXPECT_EQ(ways[3].python, "");
}

TEST(ArmWords, WhatIsNoAssignmentBelongsToTheInterpreter) {
  for (const char* text :
       {"/opt/a=b/python3", "python3 A=1", "1A=1 python3", "=1 python3", "", "A-B=1 python3"})
    EXPECT_EQ(ways_to_read(text).size(), 1U) << text;
}

TEST(ArmWords, BadSyntaxIsToldInOneLine) {
  EXPECT_EQ(message<UsageError>([] { ways_to_read("A='b python3"); }),
            "A='b python3: the value of A has a ' that does not end");
  EXPECT_THAT(message<UsageError>([] { ways_to_read("A=1 B=2 A=3 python3"); }),
              HasSubstr("A is there twice"));
}

TEST(ArmWords, WhatPytuneNeedsForItselfIsRefusedWithTheReason) {
  EXPECT_THAT(message<UsageError>([] { require_settable("PYTHONHASHSEED"); }),
              HasSubstr("every arm of a block gets the same seed"));
  EXPECT_THAT(message<UsageError>([] { require_settable("PYTUNE_PADDING"); }),
              HasSubstr("are pytune's own"));
  EXPECT_THAT(message<UsageError>([] { require_settable("LD_TRACE_LOADED_OBJECTS"); }),
              HasSubstr("would list libraries and start no program"));
  for (const char* name : {"LD_DEBUG", "LD_SHOW_AUXV", "PYTHONVERBOSE", "PYTHONMALLOCSTATS",
                           "PYTHONDUMPREFSFILE", "PYTHONIOENCODING"})
    EXPECT_THROW(require_settable(name), UsageError) << name;
  for (const char* name : {"PYTHONMALLOC", "PYTHON_JIT", "PYTHONPATH", "PYTHONHOME", "LD_PRELOAD",
                           "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "LC_ALL", "ANYTHING"})
    EXPECT_NO_THROW(require_settable(name)) << name;
}

TEST(ArmWords, RelativePathsAreMadeAbsolute) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(with_absolute_paths("LD_PRELOAD", "libm.so.6:./a.so /b.so"),
            "libm.so.6:" + here + "/a.so /b.so");
  EXPECT_EQ(with_absolute_paths("LD_LIBRARY_PATH", "lib:/x:$ORIGIN/y"), here + "/lib:/x:$ORIGIN/y");
  EXPECT_EQ(with_absolute_paths("PYTHONPATH", "a::b"), here + "/a::" + here + "/b");
  EXPECT_EQ(with_absolute_paths("PYTHONMALLOC", "./a"), "./a");
}

TEST(ArmWords, PreloadedLibrariesArePartedByColonsAndBlanks) {
  EXPECT_THAT(preloaded_libraries({{"LD_PRELOAD", "a.so:/b.so  c.so:"}}),
              ElementsAre("a.so", "/b.so", "c.so"));
  EXPECT_THAT(preloaded_libraries({}), IsEmpty());
}

}  // namespace
}  // namespace pytune
