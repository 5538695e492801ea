#include "report/headline.h"

#include <gmock/gmock.h>

#include <array>
#include <set>
#include <string>

#include "unit/result/sample_result.h"

namespace pytune {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

SweepResult ending_with(Ending ending) {
  SweepResult result = test::sample_result();
  Recommendation& recommended = result.recommendation;
  recommended.significant =
      ending == Ending::rebuilt || ending == Ending::confirmed || ending == Ending::unconfirmed;
  recommended.confirmed = ending != Ending::unconfirmed;
  recommended.rebuilds = ending == Ending::rebuilt ? 3 : 0;
  if (ending == Ending::nothing_to_choose) result.race.arms.clear();
  if (ending == Ending::lost_when_rebuilt) {
    RebuildComparison comparison;
    comparison.speed = {1.002, 0.99, 1.014};
    comparison.confidence = 0.95;
    comparison.winner.resize(4);
    result.rebuilds = Rebuilds();
    result.rebuilds->comparison = comparison;
  }
  if (ending == Ending::cannot_tell || ending == Ending::not_faster)
    for (ArmComparison& arm : result.race.arms) {
      arm.verdict = ending == Ending::cannot_tell ? Verdict::cannot_tell : Verdict::equivalent;
      arm.minutes_to_tell = 12;
    }
  return result;
}

constexpr std::array kEndings = {Ending::rebuilt,           Ending::confirmed,
                                 Ending::unconfirmed,       Ending::nothing_to_choose,
                                 Ending::lost_when_rebuilt, Ending::lost_when_confirmed,
                                 Ending::cannot_tell,       Ending::not_faster};

TEST(Headline, EveryEndingIsOneLineOfItsOwn) {
  for (const Clock clock : {Clock::cpu, Clock::instructions}) {
    std::set<std::string> lines;
    for (const Ending ending : kEndings) {
      SweepResult result = ending_with(ending);
      result.race.clock = clock;
      ASSERT_EQ(ending_of(result), ending);
      const std::string line = headline(result, false);
      EXPECT_EQ(line.find_first_of("\n{}\x1b"), std::string::npos) << line;
      EXPECT_TRUE(lines.insert(line).second) << line;
      EXPECT_THAT(line, StartsWith(result.recommendation.significant ? "Recommended ("
                                                                     : "No significant winner ("));
    }
  }
}

TEST(Headline, SaysHowOftenItWasRebuilt) {
  EXPECT_THAT(headline(ending_with(Ending::rebuilt), false), EndsWith("and over 3 rebuilds"));
  EXPECT_THAT(headline(ending_with(Ending::lost_when_rebuilt), false),
              AllOf(HasSubstr("built anew 4 times it came to 1.002x the speed of"),
                    HasSubstr("95 % interval 0.990-1.014")));
}

TEST(Headline, TellsHowMuchLongerItTakesOnlyWhereItIsNotKnown) {
  EXPECT_THAT(headline(ending_with(Ending::cannot_tell), false),
              EndsWith(": cannot tell, needs about 12 more minutes)"));
  EXPECT_THAT(headline(ending_with(Ending::not_faster), false), EndsWith(": equivalent)"));
}

TEST(Headline, CallsNoCountASpeed) {
  for (const Ending ending : kEndings) {
    SweepResult result = ending_with(ending);
    result.race.clock = Clock::instructions;
    EXPECT_THAT(headline(result, false),
                AllOf(testing::Not(HasSubstr("faster")), testing::Not(HasSubstr("speed"))));
  }
}

}  // namespace
}  // namespace pytune
