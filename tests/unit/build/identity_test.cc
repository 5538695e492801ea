#include "build/identity.h"

#include <gmock/gmock.h>

#include "input/text.h"
#include "sys/error.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using sys_test::message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kDebian =
    R"({"hash": {"algorithm": "siphash13"}, "config": {"HAVE_COMPUTED_GOTOS": 1, "WITH_DTRACE": 1},
        "modules": {"_ssl": "there", "_gdbm": "missing"}, "semaphore": 3,
        "os": ["a", "b", "c", "d", "openpty"], "encoding": ["utf-8", "surrogateescape"]})";

std::string printable(std::string text) {
  std::erase(text, '\n');
  return text;
}

std::string with(const std::string& from, const std::string& to) {
  std::string text = printable(kDebian);
  return text.replace(text.find(from), from.size(), to);
}

std::vector<IdentityDifference> differences(const std::string& ours) {
  return compare_identities(parse_identity(ours, "ours"),
                            parse_identity(printable(kDebian), "theirs"));
}

std::vector<std::string> faults(const std::string& ours) {
  return identity_faults(differences(ours));
}

TEST(Identity, TheSameInterpreterHasNoDifferences) {
  EXPECT_THAT(differences(printable(kDebian)), IsEmpty());
}

TEST(Identity, AnAxisIsNoFault) {
  EXPECT_THAT(faults(with("\"WITH_DTRACE\": 1", "\"WITH_DTRACE\": 1, \"Py_GIL_DISABLED\": 1")),
              IsEmpty());
}

TEST(Identity, WhatACrossBuildLosesIsNamed) {
  EXPECT_THAT(faults(with("siphash13", "fnv")),
              ElementsAre("hash.algorithm is \"fnv\" and not \"siphash13\""));
  EXPECT_THAT(faults(with("\"HAVE_COMPUTED_GOTOS\": 1, ", "")),
              ElementsAre("config.HAVE_COMPUTED_GOTOS is missing and not 1"));
  EXPECT_THAT(faults(with("\"semaphore\": 3", "\"semaphore\": \"NotImplementedError\"")),
              ElementsAre("semaphore is \"NotImplementedError\" and not 3"));
  EXPECT_THAT(faults(with("\"_ssl\": \"there\"", "\"_ssl\": \"missing\"")),
              ElementsAre("modules._ssl is \"missing\" and not \"there\""));
  EXPECT_THAT(
      faults(with(", \"openpty\"", ", \"closerange\"")),
      ElementsAre("os.closerange is there and not missing", "os.openpty is missing and not there"));
}

TEST(Identity, ADistributorsChoicesAreNoFaults) {
  const auto found = differences(with(", \"WITH_DTRACE\": 1", ""));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].fact, "config.WITH_DTRACE");
  EXPECT_THAT(found[0].why, HasSubstr("SystemTap"));
  EXPECT_THAT(identity_faults(found), IsEmpty());
  EXPECT_THAT(faults(with("\"_gdbm\": \"missing\"", "\"_gdbm\": \"there\"")), IsEmpty());
}

TEST(Identity, FaultsComeFirst) {
  std::string text = with(", \"WITH_DTRACE\": 1", "");
  text.replace(text.find("siphash13"), 9, "fnv");
  const auto found = differences(text);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].fact, "hash.algorithm");
}

TEST(Identity, WarningsBeforeTheLineAreSkipped) {
  EXPECT_THAT(differences("qemu: warning: x\n" + printable(kDebian) + "\n"), IsEmpty());
}

TEST(Identity, OutputThatIsNoneIsAFailure) {
  const auto why = [](const std::string& text) {
    return message<Failure>([&] { parse_identity(text, "python3"); });
  };
  EXPECT_THAT(why(""), StartsWith("python3: the identity probe:1:1: is empty"));
  EXPECT_THAT(why("Segmentation fault\n"), HasSubstr("it said: \"Segmentation fault\""));
  EXPECT_EQ(why("{}"), "python3: the identity probe: not what it prints; it said: \"{}\"");
  EXPECT_THAT(why("[1]"), HasSubstr("not what it prints"));
}

}  // namespace
}  // namespace pytune
