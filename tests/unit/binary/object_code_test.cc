#include "binary/object_code.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ObjectCode : public sys_test::Scratch {
 protected:
  // The code of a C source, by the gcc that setup/install puts on every machine the tests run on.
  std::map<std::string, std::string> code(const std::string& source,
                                          const std::string& option = "-DX") {
    sys_test::write(at("a.c"), source);
    Command command;
    command.argv = {"gcc",
                    "-O1",
                    option,
                    "-Wno-builtin-macro-redefined",
                    "-c",
                    "-o",
                    at("a.o").string(),
                    at("a.c").string()};
    const Outcome outcome = runner_.run(command);
    EXPECT_TRUE(outcome.ok()) << outcome.output;
    return object_code(at("a.o"));
  }
  SystemRunner runner_;
};

constexpr const char* kSource =
    "int g(int), h(int);\nint f(int x) { return g(x) + 1; }\nint k(int x) { return x * 3; }\n";

TEST_F(ObjectCode, IsTheSameOfTheSameInstructions) {
  const auto once = code(kSource);
  EXPECT_THAT(differing_code(once, code(std::string("/* a comment */\n\n").append(kSource))),
              IsEmpty());
  EXPECT_TRUE(once.contains("f") && once.contains("k"));
}

TEST_F(ObjectCode, NamesTheFunctionsThatDiffer) {
  const auto once = code(kSource);
  EXPECT_THAT(differing_code(once, code("int g(int);\nint f(int x) { return g(x) + 1; }\n"
                                        "int k(int x) { return x * 5; }\n")),
              ElementsAre("k"));
  EXPECT_THAT(
      differing_code(once, code(std::string(kSource).append("int new_one(void) { return 4; }\n"))),
      ElementsAre("new_one"));
}

TEST_F(ObjectCode, WhatIsCalledCounts) {
  EXPECT_THAT(
      differing_code(code(kSource), code("int g(int), h(int);\nint f(int x) { return h(x) + 1; }\n"
                                         "int k(int x) { return x * 3; }\n")),
      ElementsAre("f"));
}

TEST_F(ObjectCode, LineNumbersDoNotCountWhereTheyAreMadeConstant) {
  const std::string source = "int f(void) { return __LINE__; }\n";
  EXPECT_THAT(differing_code(code(source), code("\n" + source)), ElementsAre("f"));
  EXPECT_THAT(differing_code(code(source, "-D__LINE__=1"), code("\n" + source, "-D__LINE__=1")),
              IsEmpty());
}

TEST_F(ObjectCode, OfDamagedFilesIsAFailure) {
  code(kSource);
  const std::string bytes = read_file(at("a.o"));
  for (const std::size_t size : {4UL, 20UL, 63UL, 64UL, 200UL, bytes.size() - 1}) {
    sys_test::write(at("short.o"), bytes.substr(0, size));
    EXPECT_THROW(object_code(at("short.o")), Failure) << size;
  }
  for (std::size_t i = 4; i < 64; ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(~damaged[i]);
    sys_test::write(at("damaged.o"), damaged);
    try {
      object_code(at("damaged.o"));
    } catch (const Failure&) {
    }
  }
  sys_test::write(at("text.o"), "no object\n");
  EXPECT_EQ(object_code(at("text.o")).begin()->second, sha256("no object\n"));
}

}  // namespace
}  // namespace pytune
