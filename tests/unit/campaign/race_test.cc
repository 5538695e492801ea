#include "campaign/race.h"

#include <gmock/gmock.h>

#include "machine/cpu_claim.h"
#include "sys/cpus.h"
#include "sys/error.h"
#include "sys/process.h"
#include "unit/campaign/fake_site.h"

namespace pytune {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Looks as often as it is told, and lets go whom it is told.
class Scripted : public StopRule {
 public:
  std::vector<Look> looks;
  std::map<int, std::vector<std::string>> leave;  // by look
  mutable std::vector<RaceState> states;
  mutable int seen = 0;

  std::optional<Look> look(int number, const RaceState& state) override {
    states.push_back(state);
    if (static_cast<std::size_t>(number) > looks.size()) return std::nullopt;
    return looks[static_cast<std::size_t>(number) - 1];
  }
  std::vector<std::string> leaving(const Comparison& /*seen*/) const override {
    const auto found = leave.find(++seen);
    return found == leave.end() ? std::vector<std::string>() : found->second;
  }
  std::optional<double> expected_minutes(const RaceState& /*before*/) const override { return 3; }
};

class Races : public campaign_test::FakeSite {
 protected:
  Races() {
    seconds_ = [](const std::string& python) {
      return python.find("fast") != std::string::npos ? 0.5 : 1.0;
    };
    for (const char* id : {"base", "copy", "fast", "slow"}) {
      Arm arm = measure_test::arm(id);
      arm.interpreter.identity = id;
      prepared_.arms.push_back(arm);
    }
    prepared_.arms[0].role = Arm::Role::baseline;
    prepared_.arms[1].role = Arm::Role::copy;
    for (const char* name : {"json", "nbody"}) {
      sys_test::write(at("suite") / (std::string(name) + ".py"), "pass\n");
      Workload workload = measure_test::workload(name);
      workload.script = (at("suite") / (std::string(name) + ".py")).string();
      prepared_.workloads.push_back(workload);
    }
    request_.settings.workers.memory_limit = 1U << 30U;
  }

  RaceOutcome race(StopRule& rule) {
    PhaseRunner runner(site_, request_, {}, {at("pyperf"), {}});
    return Race(runner, listener_, prepared_).run(rule);
  }
  std::size_t samples_of(const RaceOutcome& outcome, const std::string& arm) const {
    std::size_t count = 0;
    for (const Block& block : outcome.blocks)
      for (const Sample& sample : block.samples) count += sample.arm == arm ? 1U : 0U;
    return count;
  }

  MeasureRequest request_;
  Measurement prepared_;
};

TEST_F(Races, MeasureEveryArmOnEveryWorkloadInEveryRound) {
  FixedRounds rule(3);
  const RaceOutcome outcome = race(rule);
  EXPECT_EQ(outcome.looks, 1);
  EXPECT_THAT(outcome.blocks, SizeIs(6));
  for (const Block& block : outcome.blocks) {
    EXPECT_EQ(block.phase, Phase::race);
    EXPECT_THAT(block.samples, SizeIs(4));
  }
  ASSERT_THAT(outcome.comparison.arms, SizeIs(3));
  EXPECT_NEAR(outcome.comparison.arms[1].speed.estimate, 2, 1e-9);
  EXPECT_GT(outcome.minutes, 0);
}

TEST_F(Races, WhoLeavesIsNotMeasuredAnyMoreAndKeepsItsRow) {
  Scripted rule;
  rule.looks = {{2, 0.96}, {5, 0.97}};
  rule.leave[1] = {"fast", "copy", "nobody"};  // the copy is no candidate, and stays
  const RaceOutcome outcome = race(rule);
  EXPECT_EQ(outcome.looks, 2);
  EXPECT_EQ(samples_of(outcome, "fast"), 4U);
  EXPECT_EQ(samples_of(outcome, "slow"), 10U);
  EXPECT_EQ(samples_of(outcome, "copy"), 10U);
  EXPECT_EQ(outcome.comparison.arms[1].arm, "fast");
  EXPECT_EQ(outcome.comparison.arms[1].rounds, 2);
  EXPECT_DOUBLE_EQ(outcome.comparison.confidence, 0.95);  // of all looks together
  EXPECT_THAT(listener_.lines, Contains(HasSubstr("after 2 rounds 1 of 2 candidates need no")));
}

TEST_F(Races, TellTheirRuleHowManyAreLeftAndWhatARoundTakes) {
  Scripted rule;
  rule.looks = {{2, 0.96}, {3, 0.97}};
  rule.leave[1] = {"fast"};
  race(rule);
  ASSERT_THAT(rule.states, SizeIs(3));
  EXPECT_EQ(rule.states[0].live, 4U);
  EXPECT_EQ(rule.states[1].live, 3U);
  EXPECT_GT(rule.states[1].minutes, 0);
  // As long as the workers took: a quarter of a second each.
  EXPECT_NEAR(rule.states[1].minutes_per_round, 3 * 2 * 0.25 / 60, 1e-9);
  EXPECT_THAT(listener_.expected, ElementsAre(3));
}

TEST_F(Races, GoOnFromTheBlocksThatAreKept) {
  FixedRounds three(3);
  const auto first = nlohmann::json(race(three).comparison);
  const int before = workers_;
  FixedRounds again(3);
  EXPECT_EQ(nlohmann::json(race(again).comparison), first);
  EXPECT_EQ(workers_, before);
  FixedRounds five(5);
  EXPECT_THAT(race(five).blocks, SizeIs(10));
  EXPECT_EQ(workers_, before + 2 * 2 * 4);
}

TEST_F(Races, AnArmThatFailsCostsTheOthersNothing) {
  const auto well = machine_.otherwise;
  machine_.otherwise = [&, well](const Command& command) {
    return command.argv.front().find("slow") == std::string::npos
               ? well(command)
               : measure_test::exits(1, "ValueError: wrong\n");
  };
  FixedRounds rule(4);
  const RaceOutcome outcome = race(rule);
  EXPECT_NEAR(outcome.comparison.arms[1].speed.estimate, 2, 1e-9);
  EXPECT_THAT(outcome.comparison.arms[2].workloads, IsEmpty());
  EXPECT_EQ(outcome.comparison.arms[2].verdict, Verdict::cannot_tell);
}

TEST_F(Races, AreInterruptedAsTheirWorkersAre) {
  machine_.otherwise = [](const Command&) -> Outcome { throw Interrupted(); };
  FixedRounds rule(2);
  EXPECT_THROW(race(rule), Interrupted);
}

TEST_F(Races, AreHeldOnCpusThatNobodyElseMeasuresOn) {
  FixedRounds rule(2);
  CpuHolder holder;
  {
    const auto other = CpuClaim::try_take(allowed_cpus(), root(), holder);
    ASSERT_TRUE(other);
    listener_.on_warning = [] { request_stop(); };
    EXPECT_THROW(race(rule), Interrupted) << "it waits";
    clear_stop_request();
    listener_.on_warning = {};
  }
  EXPECT_NO_THROW(race(rule));
}

}  // namespace
}  // namespace pytune
