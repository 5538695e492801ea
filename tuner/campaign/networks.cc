#include "campaign/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "analyze/workload_speed.h"
#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::uint64_t kSeed = 3;  // of its orders of arms
constexpr std::string_view kFloat32 = "_fp32";
constexpr std::string_view kBf16 = "_bf16";
constexpr std::size_t kLongestReason = 200;

// As far as it was measured: nothing of a network that one of the two is missing of.
std::optional<NetworkInBf16> network_of(PhaseRunner& runner, const Measurement& measurement,
                                        const Workload& float32, double confidence,
                                        std::vector<std::string>& notes) {
  const std::string network = float32.name.substr(0, float32.name.size() - kFloat32.size());
  const auto has = [&](const Workload& workload) {
    return workload.name == network + std::string(kBf16);
  };
  if (std::none_of(measurement.workloads.begin(), measurement.workloads.end(), has)) return {};
  if (float32.arguments.empty()) return {};  // a suite that is not bf16mm's own
  const Arm& baseline = measurement.arms.front();
  // The type is the script's last argument.
  std::vector<std::string> arguments = float32.arguments;
  arguments.back() = "--accuracy";
  const Outcome outcome = runner.run_script(baseline, float32, arguments);
  try {
    if (!outcome.ok())
      throw Failure(
          fmt::format("{}: {}", outcome.describe(), last_line(outcome.output, kLongestReason)));
    NetworkInBf16 answer = parse_accuracy(outcome.output);
    answer.network = network;
    answer.speed =
        speed_of_workload(measurement, Phase::numeric,
                          {baseline.id, float32.name, network + std::string(kBf16)}, confidence);
    return answer;
  } catch (const Failure& failure) {
    notes.push_back(
        fmt::format("{}: how far bf16 is from float32 is not known: {}", network, failure.what()));
    return {};
  }
}

}  // namespace

std::string numeric_suite(bool emulated) { return emulated ? "networks-small" : "networks"; }

NetworkInBf16 parse_accuracy(const std::string& text) {
  try {
    const nlohmann::json document = parse_json(text);
    const JsonView root(document);
    NetworkInBf16 answer;
    answer.network = root.at("network").name(100);
    answer.difference = root.at("difference").number(0, 1e9);
    answer.rows = root.at("rows").integer(1, std::numeric_limits<int>::max());
    answer.same_largest = root.at("same_largest").integer(0, answer.rows);
    answer.float32_backend = root.at("float32_backend").name(100);
    answer.bf16_backend = root.at("bf16_backend").name(100);
    return answer;
  } catch (const UsageError& problem) {
    throw Failure(problem.what());
  }
}

std::optional<Numeric> measure_networks(PhaseRunner& runner, const std::vector<Arm>& arms,
                                        const Suite& suite, const NumericRounds& rounds,
                                        std::vector<std::string>& notes) {
  Numeric numeric;
  Measurement& measurement = numeric.measurement;
  try {
    measurement = runner.prepare(arms, suite.workloads);
  } catch (const NothingToCompare& reason) {
    notes.push_back(fmt::format("no numeric figures: {}", reason.what()));
    return std::nullopt;
  }
  const auto workers =
      static_cast<double>(measurement.workloads.size() * measurement.arms.size()) * rounds.rounds;
  measurement.blocks = runner.run(measurement, measurement.arms,
                                  {.phase = Phase::numeric,
                                   .end = rounds.rounds,
                                   .seed = kSeed,
                                   .minutes_per_worker = rounds.minutes / workers});
  numeric.comparison = compare(measurement, Phase::numeric, rounds.comparison);
  for (const Workload& workload : measurement.workloads) {
    if (!workload.name.ends_with(kFloat32)) continue;
    if (auto network =
            network_of(runner, measurement, workload, rounds.comparison.confidence, notes))
      numeric.networks.push_back(std::move(*network));
  }
  for (auto& note : failure_notes(measurement.blocks)) notes.push_back(std::move(note));
  return numeric;
}

}  // namespace pytune
