// Verdicts on interpreters whose true difference is known, over windows of one long recording.
//
// A recording is what `pytune measure --rounds N --json` prints, of a baseline, its A/A arm, and
// candidates that are copies of the baseline (any "faster" or "slower" is wrong) or copies made
// slower by a known amount (tests/bench/slower_copy.sh). Built by the target
// `benchmarks`:
//
//   verdicts_on_recording RECORDING workloads ROUNDS
//       each workload and candidate on its own: windows of so many rounds
//   verdicts_on_recording RECORDING suite MINUTES
//       the whole suite: windows of so many minutes
//   verdicts_on_recording RECORDING race MINUTES
//       the same, looked at as often as `measure` does
//
// Every comparison is made by analyze/'s compare() from the baseline, the A/A arm and one
// candidate; windows are disjoint. `workloads` and `suite` judge a window once, as `measure
// --rounds` does; `race` as `measure --time MINUTES`, which looks after 5, 8, 12, ... rounds, each
// time with a share of the risk, and stops once the interval is within half a percent. Beside each
// verdict stands pyperf's own on the same wall times: its significance test (pyperf/_utils.py
// of 2.10.0: Student's two-sample t of all values, pooled variance, two-sided 95 %), computed here
// with Boost's quantile where pyperf has a table. One line of JSON per comparison, then a summary.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <boost/math/distributions/students_t.hpp>
#include <nlohmann/json.hpp>

#include "analyze/comparison.h"
#include "analyze/looks.h"
#include "measure/sample.h"

namespace {

using pytune::Arm;
using pytune::ArmComparison;
using pytune::Block;
using pytune::Comparison;
using pytune::ComparisonSettings;
using pytune::confidence_at_look;
using pytune::Measurement;
using pytune::rounds_at_look;
using pytune::Sample;
using pytune::Workload;

struct Window {
  std::string workload;  // "" for the whole suite
  std::string arm;
  Measurement measurement;
  double minutes = 0;
};

const Arm* arm_with(const Measurement& measurement, Arm::Role role) {
  for (const Arm& arm : measurement.arms)
    if (arm.role == role) return &arm;
  return nullptr;
}

double minutes_of(const Measurement& measurement) {
  double minutes = 0;
  for (const Block& block : measurement.blocks)
    for (const Sample& sample : block.samples) minutes += sample.process_wall_seconds / 60;
  return minutes;
}

// The measurement with these blocks, and of them only the baseline, the A/A arm and one candidate.
Window window_of(const Measurement& all, const std::vector<const Block*>& blocks,
                 const std::string& arm, const std::string& workload) {
  Window window;
  window.arm = arm;
  window.workload = workload;
  for (const Arm& one : all.arms)
    if (one.role != Arm::Role::candidate || one.id == arm) window.measurement.arms.push_back(one);
  for (const Workload& one : all.workloads)
    if (workload.empty() || one.name == workload) window.measurement.workloads.push_back(one);
  for (const Block* block : blocks) {
    Block kept = *block;
    std::erase_if(kept.samples, [&](const Sample& sample) {
      const bool present =
          std::any_of(window.measurement.arms.begin(), window.measurement.arms.end(),
                      [&](const Arm& one) { return one.id == sample.arm; });
      return !present;
    });
    window.measurement.blocks.push_back(std::move(kept));
  }
  window.minutes = minutes_of(window.measurement);
  return window;
}

std::vector<std::string> candidates(const Measurement& all) {
  std::vector<std::string> arms;
  for (const Arm& arm : all.arms)
    if (arm.role == Arm::Role::candidate) arms.push_back(arm.id);
  return arms;
}

std::vector<Window> windows_by_workload(const Measurement& all, int rounds) {
  std::map<std::pair<std::string, int>, std::vector<const Block*>> groups;
  for (const Block& block : all.blocks)
    groups[{block.workload, block.round / rounds}].push_back(&block);
  std::vector<Window> windows;
  for (const auto& [key, blocks] : groups) {
    if (blocks.size() != static_cast<std::size_t>(rounds)) continue;
    for (const auto& arm : candidates(all))
      windows.push_back(window_of(all, blocks, arm, key.first));
  }
  return windows;
}

// Whole rounds until the time of the baseline's, the A/A arm's and the candidate's workers is up.
std::vector<Window> windows_by_minutes(const Measurement& all, double minutes) {
  std::map<int, std::vector<const Block*>> rounds;
  for (const Block& block : all.blocks) rounds[block.round].push_back(&block);
  std::vector<Window> windows;
  for (const auto& arm : candidates(all)) {
    std::vector<const Block*> blocks;
    for (const auto& [round, of_round] : rounds) {
      if (of_round.size() != all.workloads.size()) continue;
      auto more = blocks;
      more.insert(more.end(), of_round.begin(), of_round.end());
      if (!blocks.empty() && window_of(all, more, arm, "").minutes > minutes) {
        windows.push_back(window_of(all, blocks, arm, ""));
        blocks = of_round;
      } else {
        blocks = more;
      }
    }
  }
  return windows;
}

std::vector<double> wall_values(const Window& window, const std::string& arm,
                                const std::string& workload) {
  std::vector<double> values;
  for (const Block& block : window.measurement.blocks)
    for (const Sample& sample : block.samples)
      if (sample.arm == arm && block.workload == workload)
        values.insert(values.end(), sample.wall_values.begin(), sample.wall_values.end());
  return values;
}

struct PyperfVerdict {
  bool significant = false;
  double ratio = 1;  // baseline's mean over the candidate's
};

PyperfVerdict pyperf_verdict(const std::vector<double>& a, const std::vector<double>& b) {
  const auto mean = [](const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += v;
    return sum / static_cast<double>(x.size());
  };
  const auto squares = [&](const std::vector<double>& x) {
    const double m = mean(x);
    double sum = 0;
    for (const double v : x) sum += (v - m) * (v - m);
    return sum;
  };
  const double freedom = static_cast<double>(a.size() + b.size()) - 2;
  const double pooled = (squares(a) + squares(b)) / freedom;
  const double error =
      std::sqrt(pooled * (1 / static_cast<double>(a.size()) + 1 / static_cast<double>(b.size())));
  const boost::math::students_t distribution(freedom);
  return {std::abs(mean(a) - mean(b)) / error >= boost::math::quantile(distribution, 0.975),
          mean(a) / mean(b)};
}

struct Counts {
  int comparisons = 0;
  std::map<std::string, int> ours;
  int pyperf_comparisons = 0, pyperf_faster = 0, pyperf_slower = 0;
  std::vector<double> half_widths;
  std::vector<double> errors;
  double minutes = 0;
};

// What a race until intervals are narrow enough (campaign/stop_rules.h) does, over rounds that are
// there already; `seen` is what it would have measured.
Comparison looked_at(const Measurement& all, Measurement& seen) {
  constexpr double kPrecision = 0.005;
  std::map<int, std::vector<Block>> rounds;
  for (const Block& block : all.blocks) rounds[block.round].push_back(block);
  Comparison last;
  auto next = rounds.begin();
  for (int look = 1; rounds_at_look(look) <= static_cast<int>(rounds.size()); ++look) {
    for (int round = look == 1 ? 0 : rounds_at_look(look - 1); round < rounds_at_look(look);
         ++round, ++next)
      seen.blocks.insert(seen.blocks.end(), next->second.begin(), next->second.end());
    ComparisonSettings settings;
    settings.confidence = confidence_at_look(0.95, look);
    settings.bootstrap_draws =
        std::max(settings.bootstrap_draws, static_cast<int>(20 / (1 - settings.confidence)));
    last = compare(seen, pytune::Phase::race, settings);
    const bool settled = std::all_of(last.arms.begin(), last.arms.end(), [&](const auto& row) {
      return row.arm == "copy" || is_settled(row, kPrecision);
    });
    if (settled) break;
  }
  return last;
}

void judge(Window window, bool by_looks, Counts& counts) {
  Comparison comparison;
  if (by_looks) {
    Measurement seen = window.measurement;
    seen.blocks.clear();
    comparison = looked_at(window.measurement, seen);
    window.measurement = std::move(seen);
    window.minutes = minutes_of(window.measurement);
  } else {
    comparison = compare(window.measurement, pytune::Phase::race, {});
  }
  for (const ArmComparison& row : comparison.arms) {
    if (row.arm != window.arm) continue;
    ++counts.comparisons;
    ++counts.ours[std::string(name_of(row.verdict))];
    counts.half_widths.push_back(std::log(row.speed.high / row.speed.low) / 2);
    counts.errors.push_back(std::abs(std::log(row.speed.estimate)));
    counts.minutes += window.minutes;
    const std::string baseline = arm_with(window.measurement, Arm::Role::baseline)->id;
    nlohmann::json line = {{"workload", window.workload},    {"arm", window.arm},
                           {"rounds", comparison.rounds},    {"minutes", window.minutes},
                           {"speed", row.speed.estimate},    {"low", row.speed.low},
                           {"high", row.speed.high},         {"copy_bound", comparison.copy_bound},
                           {"verdict", name_of(row.verdict)}};
    for (const Workload& workload : window.measurement.workloads) {
      const auto verdict = pyperf_verdict(wall_values(window, baseline, workload.name),
                                          wall_values(window, window.arm, workload.name));
      ++counts.pyperf_comparisons;
      if (verdict.significant) ++(verdict.ratio > 1 ? counts.pyperf_faster : counts.pyperf_slower);
      if (!window.workload.empty()) line["pyperf_significant"] = verdict.significant;
    }
    fmt::print("{}\n", line.dump());
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr,
               "usage: verdicts RECORDING workloads ROUNDS | suite MINUTES | race MINUTES\n");
    return 2;
  }
  std::ifstream stream(argv[1]);
  const auto all = nlohmann::json::parse(stream).at("measurement").get<Measurement>();
  const bool by_workload = std::string(argv[2]) == "workloads";
  const auto windows = by_workload ? windows_by_workload(all, std::stoi(argv[3]))
                                   : windows_by_minutes(all, std::stod(argv[3]));
  Counts counts;
  for (const Window& window : windows) judge(window, std::string(argv[2]) == "race", counts);
  const auto share = [](int part, int whole) { return whole == 0 ? 0.0 : 100.0 * part / whole; };
  fmt::print("\n{} comparisons of {:.1f} minutes on average\n", counts.comparisons,
             counts.minutes / std::max(1, counts.comparisons));
  for (const auto& [verdict, number] : counts.ours)
    fmt::print("  pytune: {:<12} {:4}  {:5.1f} %\n", verdict, number,
               share(number, counts.comparisons));
  fmt::print("  median |log ratio| {:.2f} %, median half-width {:.2f} %\n",
             median(counts.errors) * 100, median(counts.half_widths) * 100);
  fmt::print(
      "  pyperf's test, per workload: {} of {} significant ({:.1f} %): {} faster, {} slower\n",
      counts.pyperf_faster + counts.pyperf_slower, counts.pyperf_comparisons,
      share(counts.pyperf_faster + counts.pyperf_slower, counts.pyperf_comparisons),
      counts.pyperf_faster, counts.pyperf_slower);
  return 0;
}
