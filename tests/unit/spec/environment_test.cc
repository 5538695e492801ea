#include "spec/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Configuration with(const std::string& axis, const std::string& value) {
  Configuration configuration;
  EXPECT_EQ(set_value(configuration, axis, value), std::nullopt);
  return configuration;
}

std::string refusal_of(const std::string& runtime) {
  Configuration configuration;
  return set_value(configuration, "runtime", runtime).value_or("");
}

TEST(LaterAxes, AreUnsaidAtTheirDefaults) {
  Configuration configuration;
  for (const char* axis : {"gil", "jit", "runtime"}) {
    EXPECT_FALSE(configuration.canonical().contains(axis)) << axis;
    const std::string initial = configuration.value(axis);
    EXPECT_EQ(with(axis, initial).id(), configuration.id()) << axis;
  }
  EXPECT_EQ(with("jit", "on").canonical()["jit"], "on");
}

TEST(EnvironmentOf, IsEmptyWhereNothingSetsAVariable) {
  EXPECT_THAT(environment_of(Configuration()), IsEmpty());
  EXPECT_THAT(environment_of(with("gil", "off")), IsEmpty());
  EXPECT_THAT(environment_of(with("jit", "none")), IsEmpty());
}

TEST(EnvironmentOf, HoldsTheVariablesOfAllAxes) {
  Configuration both = with("jit", "off");
  EXPECT_EQ(set_value(both, "runtime", "malloc"), std::nullopt);
  EXPECT_THAT(environment_of(both),
              ElementsAre(Pair("PYTHONMALLOC", "malloc"), Pair("PYTHON_JIT", "0")));
}

TEST(EnvironmentOf, ReadsTheWordsOfARuntimeThatHasNoName) {
  EXPECT_THAT(environment_of(with("runtime", "A=1 B='two words'")),
              ElementsAre(Pair("A", "1"), Pair("B", "two words")));
}

TEST(EnvironmentOf, FindsEachNamedRuntime) {
  for (const NamedRuntime& runtime : kRuntimes)
    EXPECT_FALSE(environment_of(with("runtime", std::string(runtime.name))).empty())
        << runtime.name;
}

TEST(Runtime, IsRefusedInOneLine) {
  EXPECT_THAT(refusal_of("jemaloc"), HasSubstr("did you mean \"jemalloc\"?"));
  EXPECT_THAT(refusal_of("A=1 python3"), HasSubstr("\"python3\" is no NAME=VALUE"));
  EXPECT_THAT(refusal_of("PYTHONHASHSEED=1"), HasSubstr("every arm of a block gets the same seed"));
  EXPECT_THAT(refusal_of("LD_PRELOAD=lib/x.so"), HasSubstr("must be an absolute path"));
  EXPECT_THAT(refusal_of("A='1"), HasSubstr("does not end"));
  EXPECT_THAT(refusal_of("A=1 A=2"), HasSubstr("is there twice"));
  EXPECT_EQ(refusal_of("LD_PRELOAD=/usr/lib/x.so PYTHONMALLOC=malloc"), "");
}

TEST(TrainingEnvironments, AreThoseOfEveryValueOfTheBuild) {
  const auto on = training_environments(with("jit", "on"));
  EXPECT_EQ(on, training_environments(with("jit", "off")));
  EXPECT_THAT(on, ElementsAre(Environment{{"PYTHON_JIT", "0"}}, Environment{{"PYTHON_JIT", "1"}}));
  EXPECT_THAT(training_environments(with("runtime", "malloc")), IsEmpty());
  const Environment huge{{"PYTHON_PYMALLOC_HUGEPAGES", "1"}};
  EXPECT_THAT(training_environments(with("pages", "pymalloc")), ElementsAre(huge));
  EXPECT_THAT(training_environments(with("pages", "2M")), IsEmpty());
  Configuration both = with("pages", "2M+pymalloc");
  EXPECT_EQ(set_value(both, "jit", "on"), std::nullopt);
  EXPECT_EQ(training_environments(both).size(), 2U);
  for (const Environment& variables : training_environments(both)) EXPECT_EQ(variables.size(), 2U);
  EXPECT_THAT(training_environments(with("gil", "off")), IsEmpty());
}

TEST(UnknownToVersion, NamesTheFirstThatKnowsTheVariable) {
  EXPECT_THAT(unknown_to_version({{"PYTHON_TLBC", "0"}, {"PYTHONMALLOC", "malloc"}}, 13),
              ElementsAre("PYTHON_TLBC has no effect: CPython 3.13 does not know it, 3.14 is the "
                          "first that does"));
  EXPECT_THAT(unknown_to_version({{"PYTHON_TLBC", "0"}}, 14), IsEmpty());
}

TEST(ExportLine, QuotesWhatAShellWouldSplit) {
  EXPECT_EQ(export_line({}), "");
  EXPECT_EQ(export_line({{"A", "1"}, {"B", "x y"}}), "export A=1 B='x y'");
}

TEST(PythonName, HasTheFlagsOfTheAbi) {
  EXPECT_EQ(Configuration().python_name("3.14"), "python3.14");
  EXPECT_EQ(with("gil", "off").python_name("3.14"), "python3.14t");
}

}  // namespace
}  // namespace pytune
