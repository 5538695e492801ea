#include "conformance/test_names.h"

#include <gmock/gmock.h>

#include "sys/error.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kRuler(70, '=');

TEST(TestOutput, NamesFailuresErrorsAndUnexpectedSuccesses) {
  const auto outcome = parse_test_output(
      "test_ok (test.test_x.C.test_ok) ... ok\n" + kRuler +
      "\nERROR: test_a (test.test_x.C.test_a)\nWhat it is about\n-----\n" + kRuler +
      "\nFAIL: test_b (test.test_x.C.test_b)\n-----\n" + kRuler +
      "\nUNEXPECTED SUCCESS: test_c (test.test_x.C.test_c)\n" + kRuler +
      "\nERROR: setUpClass (test.test_x.D)\n\nRan 12 tests in 0.3s\n\nFAILED (errors=2)\n"
      "Ran 1 test in 0s\n");
  EXPECT_THAT(outcome.failed,
              ElementsAre("setUpClass (test.test_x.D)", "test_a (test.test_x.C.test_a)",
                          "test_b (test.test_x.C.test_b)", "test_c (test.test_x.C.test_c)"));
  EXPECT_EQ(outcome.ran, 13);
}

TEST(TestOutput, SubtestsCountAsTheirTest) {
  const auto outcome =
      parse_test_output(kRuler + "\nFAIL: test_a (test.test_x.C.test_a) (path='/tmp/1')\n" +
                        kRuler + "\nFAIL: test_a (test.test_x.C.test_a) [at 0x7f]\n");
  EXPECT_THAT(outcome.failed, ElementsAre("test_a (test.test_x.C.test_a)"));
}

TEST(TestOutput, OnlyWhatStandsBelowARulerIsAHeadline) {
  EXPECT_THAT(
      parse_test_output("FAIL: no headline (x)\n" + kRuler + "\n\nERROR: late (x)\n").failed,
      IsEmpty());
  EXPECT_THAT(parse_test_output("printed without an end" + kRuler + "\nERROR: seen (x)\n").failed,
              ElementsAre("seen (x)"));
}

TEST(TestOutput, HostileTextIsOneShortPrintableLine) {
  const auto outcome = parse_test_output(kRuler + "\nFAIL: \x1b[2J\xff" + std::string(5000, 'x') +
                                         "\nRan 99999999999999999999 tests\nRan -3 tests\nRan\n");
  ASSERT_THAT(outcome.failed, SizeIs(1));
  EXPECT_LE(outcome.failed.begin()->size(), 300U);
  EXPECT_EQ(outcome.failed.begin()->find('\x1b'), std::string::npos);
  EXPECT_EQ(outcome.ran, 0);
}

TEST(Names, OfOneSideOnlyAreTheDifference) {
  const auto difference = compare_names({"a", "b", "d"}, {"b", "c", "d"});
  EXPECT_THAT(difference.only_before, ElementsAre("a"));
  EXPECT_THAT(difference.only_after, ElementsAre("c"));
  EXPECT_FALSE(difference.none());
  EXPECT_TRUE(compare_names({"a"}, {"a"}).none());
}

TEST(Names, AreShownUpToSoMany) {
  EXPECT_EQ(some_names({"a", "b"}, 2), "a, b");
  EXPECT_EQ(some_names({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

TEST(TestList, IsNamesOfTestFiles) {
  EXPECT_THAT(parse_test_list("test_long\ntest.test_asyncio.test_events\n\n"),
              ElementsAre("test_long", "test.test_asyncio.test_events"));
  EXPECT_THROW(parse_test_list(""), Failure);
  EXPECT_THROW(parse_test_list("Traceback (most recent call last):\n"), Failure);
}

TEST(TestList, HoldsNothingThatIsAnOptionOrAPath) {
  for (const char* name : {"-v", "--help", "", "test_x;ls", "../test_x", "test..test_x", ".test_x",
                           "long", "test_x y", "test_x/y"})
    EXPECT_FALSE(is_test_file(name)) << name;
  EXPECT_TRUE(is_test_file("test___all__"));
}

}  // namespace
}  // namespace pytune
