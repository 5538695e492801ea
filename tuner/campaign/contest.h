// The builds of a sweep, measured: a race, its winner's confirmation, and what its flags brought.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/plan.h"
#include "build/scheduler.h"
#include "campaign/phase_runner.h"
#include "campaign/race.h"
#include "campaign/sweep_request.h"
#include "result/sweep_result.h"
#include "workload/open_suite.h"

namespace pytune {

// What is measured besides the builds themselves, and with what.
struct Entrants {
  Host host;
  Suite suite;
  Suite numeric;                      // bf16mm's, measured beside the suite; may be empty
  const Target* target = nullptr;     // that the builds are for; null: this machine
  std::optional<Arm> reference = {};  // the distributor's interpreter for the target
  // CPython's own test files that a build passes before it is recommended; none with --no-tests.
  std::vector<std::string> qualifying = {};
  // By Build::id, what stands for the libraries that a build's variables bring into it.
  std::map<std::string, std::string> preloaded = {};
};

// What builds the finalists anew.
struct Rebuilding {
  BuildContext& context;
  const Plan& plan;
  int parallel = 1;
};

// Each step takes what the steps before it came to, and returns what it came to itself.
class Contest {
 public:
  // `builds` holds all builds, the baseline first.
  Contest(const Site& site, const SweepRequest& request, const std::vector<Build>& builds,
          const Entrants& entrants, Rebuilding rebuilding);

  // Fills all of the result that is measured: measurement, race, confirm, rebuilds, numeric,
  // recommendation, warnings, minutes.
  void run(SweepResult& result);

 private:
  struct Confirmation {
    std::vector<Block> blocks;
    Comparison comparison;
  };
  std::optional<Arm> reference() const;
  std::vector<Arm> arms(SweepResult& result) const;
  std::vector<Candidate> candidates(const Measurement& measurement) const;
  double minutes_per_worker(const Measurement& measurement) const;
  std::optional<Confirmation> confirm(const Measurement& measurement, const std::string& winner);
  std::optional<Rebuilds> rebuild(const Measurement& measurement, const Build& winner,
                                  const Comparison& confirmed, std::vector<std::string>& notes);
  std::optional<std::string> qualified_winner(std::vector<Candidate>& candidates,
                                              SweepResult& result);
  std::vector<Build> build_anew(const Build& winner);
  const Build& build_of(const std::string& id) const;

  Site site_;
  const SweepRequest& request_;
  const std::vector<Build>& builds_;
  const Entrants& entrants_;
  Rebuilding rebuilding_;
  PhaseRunner runner_;
  double per_worker_ = 0;  // minutes that are expected of one
  ComparisonSettings comparison_;
};

}  // namespace pytune
