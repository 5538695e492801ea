#include <gmock/gmock.h>

#include "toolchain/flags.h"

namespace pytune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Toolchain on_x86(int llvm) {
  Toolchain t;
  t.architecture = "x86_64";
  t.bolt_major = llvm;
  return t;
}

TEST(BoltFlags, AreOfTheArchitectureAndTheVersion) {
  Toolchain t = on_x86(19);
  EXPECT_THAT(bolt_flags(t), AllOf(Contains("-split-strategy=cdsplit"), Contains("-icf=0"),
                                   Contains("-frame-opt=hot"), Not(Contains("-icf=safe"))));
  t.bolt_major = 22;
  EXPECT_THAT(bolt_flags(t), AllOf(Contains("-icf=safe"), Not(Contains("-icf=0"))));
  t.architecture = "aarch64";
  EXPECT_THAT(bolt_flags(t),
              AllOf(Contains("-split-strategy=profile2"), Not(Contains("-frame-opt=hot")),
                    Not(Contains("-split-strategy=cdsplit")), Contains("-inline-all")));
  t.bolt_major = 19;
  EXPECT_THAT(bolt_flags(t), Not(Contains("-inline-all")));
  for (const std::string& word : bolt_flags(t)) EXPECT_NE(word, "-use-gnu-stack");
}

TEST(BoltFlags, LeaveComputedGotosOfALibraryAloneBeforeLlvm21) {
  const auto gotos = Contains(HasSubstr("_PyEval_EvalFrameDefault"));
  Toolchain t = on_x86(19);
  EXPECT_THAT(bolt_flags(t, true), gotos);
  EXPECT_THAT(bolt_instrument_flags(t, true), ElementsAre(HasSubstr("sre_ucs")));
  EXPECT_THAT(bolt_flags(t, false), Not(gotos));
  EXPECT_THAT(bolt_instrument_flags(t, false), IsEmpty());
  t.bolt_major = 21;
  EXPECT_THAT(bolt_flags(t, true), Not(gotos));
  EXPECT_THAT(bolt_instrument_flags(t, true), IsEmpty());
}

}  // namespace
}  // namespace pytune
