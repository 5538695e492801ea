#include "interpreter/interpreter.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Pair;

Interpreter with_variables(Environment variables) {
  Interpreter interpreter{.python = "/usr/bin/python3"};
  interpreter.variables = std::move(variables);
  return interpreter;
}

TEST(InterpretersVariables, AreInTheEnvironmentOfItsCommands) {
  const Command command = command_of(with_variables({{"PYTHONMALLOC", "malloc"}}), {"-V"});
  EXPECT_EQ(command.environment->at("PYTHONMALLOC"), "malloc");
  EXPECT_EQ(command.environment->at("PYTHONNOUSERSITE"), "1");
}

TEST(InterpretersVariables, ThoseOfTheLoaderAreKeptFromAnEmulators) {
  Interpreter interpreter =
      with_variables({{"LD_PRELOAD", "lib.so"}, {"GLIBC_TUNABLES", "a=1"}, {"PYTHON_JIT", "1"}});
  interpreter.machine = EmulatedMachine{
      {"aarch64", "/usr/bin/qemu-aarch64", "7.2.22", {"max"}, ""}, "", "/plugin.so"};
  EXPECT_THAT(direct_variables(interpreter), ElementsAre(Key("PYTHON_JIT")));
  const auto words = words_before(interpreter);
  ASSERT_GE(words.size(), 5U);
  EXPECT_THAT(std::vector<std::string>(words.begin() + 1, words.begin() + 5),
              ElementsAre("-E", "GLIBC_TUNABLES=a=1", "-E", "LD_PRELOAD=lib.so"));
}

TEST(InterpretersVariables, OnlyWhatItTakesToStartIsForPreparing) {
  EXPECT_THAT(variables_to_start(with_variables({{"LD_LIBRARY_PATH", "/x"},
                                                 {"LD_PRELOAD", "/y.so"},
                                                 {"PYTHONHOME", "/z"},
                                                 {"PYTHONMALLOC", "debug"}})),
              ElementsAre(Pair("LD_LIBRARY_PATH", "/x"), Pair("PYTHONHOME", "/z")));
}

TEST(InterpretersVariables, AreAPartOfKeysOnlyWhereThereAreAny) {
  EXPECT_TRUE(surroundings_key(with_variables({})).is_null());
  const auto key = surroundings_key(with_variables({{"A", "1"}}));
  EXPECT_EQ(key.at("variables").at("A"), "1");
  EXPECT_NE(key, surroundings_key(with_variables({{"A", "2"}})));
}

}  // namespace
}  // namespace pytune
