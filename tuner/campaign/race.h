// Rounds of all arms, looked at now and then, until a rule says that it is enough.
#pragma once

#include <optional>
#include <vector>

#include "analyze/comparison.h"
#include "campaign/phase_runner.h"
#include "campaign/stop_rules.h"

namespace pytune {

struct RaceOutcome {
  std::vector<Block> blocks;
  Comparison comparison;
  int looks = 1;       // how often the figures were looked at
  double minutes = 0;  // that the workers took
};

class Race {
 public:
  // `minutes_per_worker` as a plan expects it; nothing: it is learnt from the first rounds.
  Race(PhaseRunner& runner, Listener& listener, const Measurement& prepared,
       std::optional<double> minutes_per_worker = {});

  RaceOutcome run(StopRule& rule);

 private:
  void measure(const Look& look, RaceOutcome& outcome);
  void let_leave(const std::vector<std::string>& arms);
  double minutes_per_worker(const RaceOutcome& outcome) const;
  RaceState state(const RaceOutcome& outcome) const;

  PhaseRunner& runner_;
  Listener& listener_;
  Measurement measurement_;  // with the blocks so far
  std::vector<Arm> live_;
  std::optional<double> planned_;
  int rounds_ = 0;
};

}  // namespace pytune
