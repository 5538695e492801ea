// How often the intervals of analyze/ hold what they promise, by simulation. Built by the
// target `benchmarks`:
//
//   build/dev/bench/statistics_coverage [runs per line] [draws] [only lines with this in their
//   name]
//
// Twelve workloads, a copy, four arms as fast as the baseline and one 3 % faster; paired noise
// of 4.7 % per block. The columns, in percent:
//
//   all hold     runs in which every arm's interval holds its true speed (wanted: 94 or more)
//   one holds    single arms' intervals of single workloads that hold (95 each)
//   wrong arm    equal arms called faster or slower (wanted: 2 or less)
//   wrong run    runs with any such arm
//   no bound     the same if the copy's bound were not asked for
//   finds 3 %    runs in which the faster arm is called so; in brackets, without the copy's bound
//   half-width   mean over the arms' intervals
//   percentile   coverage of one arm's plain percentile bootstrap over rounds, for comparison
//
// Its figures. Lines marked * are from 2000 runs with 500 draws (standard error of "all hold" about
// 0.5), the others from 500 with 300 (about 1). A shock of a round that all arms share cancels in
// every block and leaves the figures of iid normal.
//
//                                all   one  wrong wrong    no    finds       half- per-
//                         rounds hold  hold   arm   run bound      3 %       width centile
//  * iid normal               3  99.0  95.7  0.04   0.2   0.9   42.4 (48.3)   3.09  74.5
//  *                          5  97.6  95.6  0.04   0.1   1.9   85.8 (90.8)   1.98  84.2
//  *                          8  97.2  95.3  0.15   0.8   2.5   98.8 (99.9)   1.44  88.9
//  *                         20  96.5  95.1  0.15   0.8   3.2  100.0 (100.0)  0.84  92.7
//  * 5 % outliers at 10 sd    3  99.2  96.5  0.07   0.3   0.6   11.1 (14.8)   6.87  73.2
//  *                          5  98.0  96.9  0.11   0.6   1.6   54.5 (61.8)   2.81  82.3
//  *                          8  97.8  96.4  0.10   0.5   1.9   90.7 (95.0)   1.80  86.9
//  *                         20  96.1  95.5  0.13   0.6   3.4  100.0 (100.0)  1.00  92.2
//    shocks per arm 1 %       3  97.0  95.5  0.16   0.8   2.6   18.8 (27.2)   4.22  76.2
//                             5  95.6  95.8  0.16   0.8   3.8   53.6 (59.6)   2.74  83.8
//                             8  95.6  95.5  0.20   1.0   3.6   82.4 (90.6)   2.00  88.8
//                            20  94.2  95.0  0.20   1.0   5.2   99.6 (100.0)  1.18  91.6
//  * shocks per arm 3 %       3  95.4  95.4  0.31   1.3   4.0    2.5 (5.0)    9.54  75.0
//  *                          5  95.2  95.5  0.30   1.4   4.0    6.0 (10.7)   6.18  83.8
//  *                          8  95.2  95.2  0.18   0.8   4.0   13.2 (20.0)   4.51  88.5
//  *                         20  94.7  95.0  0.24   1.1   4.5   50.4 (59.6)   2.68  91.8
//    shocks 1 % and outliers  3  98.2  96.5  0.08   0.4   1.2    6.0 (9.2)    7.66  74.6
//                             5  97.0  96.9  0.04   0.2   2.8   33.4 (43.0)   3.37  84.6
//                             8  94.2  96.5  0.16   0.8   5.4   69.4 (79.2)   2.27  86.8
//                            20  94.4  95.5  0.28   1.4   5.2   99.0 (100.0)  1.29  92.2
//    workloads 1-5x noisy     3  99.2  95.6  0.00   0.0   0.8    0.4 (1.4)   10.35  75.6
//                             5  97.4  95.7  0.04   0.2   2.0    3.2 (7.4)    6.58  84.4
//                             8  97.6  95.4  0.08   0.4   1.6    9.0 (14.0)   4.74  91.0
//                            20  96.0  95.2  0.16   0.8   3.4   49.2 (59.4)   2.75  92.0
//    one arm 4x noisier       3  98.8  95.5  0.12   0.6   1.2   40.0 (48.6)   3.86  75.6
//                             5  97.4  95.5  0.12   0.6   1.4   83.6 (90.6)   2.56  85.0
//                             8  97.6  95.4  0.12   0.6   2.2   98.0 (100.0)  1.87  89.6
//                            20  96.6  95.1  0.24   1.2   3.2  100.0 (100.0)  1.11  92.8
//    2 workloads              3  97.6  95.5  0.00   0.0   2.0    1.0 (3.6)   13.94  73.0
//                             5  97.2  95.4  0.08   0.4   2.6    5.6 (10.2)   5.78  84.2
//                             8  95.8  95.2  0.12   0.6   3.6   22.0 (30.6)   3.80  88.2
//                            20  94.6  94.8  0.28   1.4   4.4   75.2 (86.4)   2.10  94.0
//    1 workload               3  96.4  95.3  0.08   0.4   3.2    0.2 (2.6)   23.87  75.2
//                             5  97.6  95.5  0.08   0.4   1.8    1.0 (3.6)    9.25  80.6
//                             8  95.2  93.9  0.08   0.4   4.2    7.0 (14.0)   5.63  86.6
//                            20  93.6  94.4  0.24   1.2   5.4   37.8 (48.0)   3.01  92.8
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "analyze/comparison.h"
#include "analyze/log_ratios.h"
#include "analyze/statistics.h"
#include "unit/analyze/synthetic.h"

namespace {

using pytune::Comparison;
using pytune::Interval;
using pytune::Measurement;
using pytune::Verdict;
using pytune::synthetic::Noise;
using pytune::synthetic::Shape;

struct Scenario {
  const char* name;
  Noise noise;
  std::vector<double> noisier;
  int workloads = 12;
};

struct Tally {
  int runs = 0;
  int all_hold = 0;
  long cells = 0;
  long cells_hold = 0;
  int wrong_arms = 0;
  int wrong_runs = 0;
  int wrong_runs_without_bound = 0;
  int found = 0;
  int found_without_bound = 0;
  int percentile_holds = 0;
  double half_width = 0;
};

const std::vector<double> kSpeeds = {1, 1, 1, 1, 1, 1.03};

bool holds(const Interval& interval, double speed) {
  return interval.low <= speed && speed <= interval.high;
}

// Without CPU times compare() works in wall time alone, in half the time.
Measurement wall_only(Measurement measurement) {
  for (pytune::Block& block : measurement.blocks) {
    for (pytune::Sample& sample : block.samples) {
      sample.cpu_values.clear();
    }
  }
  return measurement;
}

// The mean over the rounds' means, its rounds resampled.
bool percentile_bootstrap_holds(const Measurement& measurement, std::mt19937_64& random) {
  const auto table =
      log_ratios(measurement, pytune::Phase::race, pytune::Clock::wall, "baseline", {"b1"});
  std::vector<double> sum(table.rounds, 0.0);
  for (const auto& row : table.rows) {
    sum[row.round] += *row.values[0];
  }
  std::uniform_int_distribution<std::size_t> pick(0, sum.size() - 1);
  std::vector<double> draws(999);
  for (double& draw : draws) {
    draw = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      draw += sum[pick(random)];
    }
  }
  std::sort(draws.begin(), draws.end());
  return draws[24] <= 0 && 0 <= draws[974];
}

// Of one simulated run.
struct Seen {
  bool all_hold = true;
  bool wrong = false;
  bool excludes = false;
};

void count_arm(const pytune::ArmComparison& arm, double speed, Tally& tally, Seen& seen) {
  seen.all_hold = seen.all_hold && holds(arm.speed, speed);
  for (const auto& workload : arm.workloads) {
    ++tally.cells;
    tally.cells_hold += holds(workload.speed, speed) ? 1 : 0;
  }
  const bool verdict = arm.verdict == Verdict::faster || arm.verdict == Verdict::slower;
  tally.half_width +=
      100 * std::log(arm.speed.high / arm.speed.estimate) / static_cast<double>(kSpeeds.size());
  if (speed > 1) {
    tally.found += arm.verdict == Verdict::faster ? 1 : 0;
    tally.found_without_bound += arm.speed.low > 1 ? 1 : 0;
  } else {
    tally.wrong_arms += verdict ? 1 : 0;
    seen.wrong = seen.wrong || verdict;
    seen.excludes = seen.excludes || !holds(arm.speed, 1);
  }
}

void count_run(const Comparison& comparison, Tally& tally) {
  Seen seen;
  for (std::size_t arm = 0; arm < comparison.arms.size(); ++arm) {
    count_arm(comparison.arms[arm], kSpeeds[arm], tally, seen);
  }
  ++tally.runs;
  tally.all_hold += seen.all_hold ? 1 : 0;
  tally.wrong_runs += seen.wrong ? 1 : 0;
  tally.wrong_runs_without_bound += seen.excludes ? 1 : 0;
}

void print(const Scenario& scenario, int rounds, const Tally& tally) {
  const auto percent = [](double part, double whole) { return 100 * part / whole; };
  const double runs = tally.runs;
  std::printf("%-28s %3d  %7.1f %9.1f  %8.2f %8.1f %8.1f   %5.1f (%5.1f) %9.2f %10.1f\n",
              scenario.name, rounds, percent(tally.all_hold, runs),
              percent(static_cast<double>(tally.cells_hold), static_cast<double>(tally.cells)),
              percent(tally.wrong_arms, runs * static_cast<double>(kSpeeds.size() - 1)),
              percent(tally.wrong_runs, runs), percent(tally.wrong_runs_without_bound, runs),
              percent(tally.found, runs), percent(tally.found_without_bound, runs),
              tally.half_width / runs, percent(tally.percentile_holds, runs));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::stoi(argv[1]) : 1000;
  pytune::ComparisonSettings settings;
  settings.bootstrap_draws = argc > 2 ? std::stoi(argv[2]) : 1000;
  const std::vector<Scenario> scenarios = {
      {"iid normal", {}, {}},
      {"5 % outliers at 10 sd", {.outliers = 0.05}, {}},
      {"shocks of all arms 10 %", {.round = 0.10}, {}},
      {"shocks per arm 1 %", {.arm_round = 0.01}, {}},
      {"shocks per arm 3 %", {.arm_round = 0.03}, {}},
      {"shocks 1 % and outliers", {.outliers = 0.05, .arm_round = 0.01}, {}},
      {"workloads 1-5x noisy", {.uneven = 4}, {}},
      {"one arm 4x noisier", {}, {1, 1, 1, 1, 4, 1}},
      {"2 workloads", {}, {}, 2},
      {"1 workload", {}, {}, 1},
  };
  std::printf("%-28s %3s  %7s %9s  %8s %8s %8s   %13s %9s %10s\n", "noise", "rnd", "all",
              "one holds", "wrong", "wrong", "no bound", "finds 3 %", "half-", "percentile");
  std::printf("%-28s %3s  %7s %9s  %8s %8s %8s   %13s %9s %10s\n", "", "", "hold", "", "arm", "run",
              "", "", "width", "");
  const std::string only = argc > 3 ? argv[3] : "";
  for (const Scenario& scenario : scenarios) {
    for (const int rounds : {3, 5, 8, 20}) {
      if (std::string(scenario.name).find(only) == std::string::npos) {
        continue;
      }
      Tally tally;
      std::mt19937_64 random(7);
      for (int run = 0; run < runs; ++run) {
        const Shape shape{.rounds = rounds,
                          .workloads = scenario.workloads,
                          .speeds = kSpeeds,
                          .noisier = scenario.noisier};
        const Measurement measurement =
            wall_only(simulated(shape, scenario.noise, 1000 + static_cast<std::uint64_t>(run)));
        settings.seed = static_cast<std::uint64_t>(run) + 1;
        count_run(compare(measurement, pytune::Phase::race, settings), tally);
        tally.percentile_holds += percentile_bootstrap_holds(measurement, random) ? 1 : 0;
      }
      print(scenario, rounds, tally);
    }
  }
}
