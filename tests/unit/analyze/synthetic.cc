#include "unit/analyze/synthetic.h"

#include <cmath>

#include "analyze/statistics.h"

namespace pytune::synthetic {
namespace {

Sample sample_of(const std::string& arm, int position, double seconds) {
  Sample sample;
  sample.arm = arm;
  sample.position = position;
  if (seconds <= 0) {
    sample.error = "exit status 1";
    return sample;
  }
  sample.wall_values = {seconds * 0.99, seconds, seconds * 1.01};
  sample.cpu_values = sample.wall_values;
  sample.process_wall_seconds = 4 * seconds;
  sample.process_cpu_seconds = 4 * seconds;
  sample.max_rss_kib = 10'000;
  return sample;
}

double process_noise(const Noise& noise, NormalDraws& normal) {
  const bool outlier = normal.uniform() < noise.outliers;
  return noise.process * normal() * (outlier ? 10 : 1);
}

double unevenness(const Shape& shape, const Noise& noise, int workload) {
  return shape.workloads > 1 ? 1 + noise.uneven * workload / (shape.workloads - 1) : 1;
}

}  // namespace

std::string arm_name(std::size_t index) {
  return index == 0 ? "copy" : "b" + std::to_string(index);
}

Measurement arms_only(std::size_t besides_baseline) {
  Measurement measurement;
  measurement.arms.push_back({"baseline", "", {"/baseline/python3"}, Arm::Role::baseline});
  for (std::size_t arm = 0; arm < besides_baseline; ++arm) {
    const auto role = arm == 0 ? Arm::Role::copy : Arm::Role::candidate;
    measurement.arms.push_back({arm_name(arm), "", {"/" + arm_name(arm) + "/python3"}, role});
  }
  return measurement;
}

void add_block(Measurement& measurement, int round, const std::string& workload,
               const std::vector<double>& seconds, Phase phase) {
  Block block;
  block.round = round;
  block.phase = phase;
  block.workload = workload;
  for (std::size_t arm = 0; arm < seconds.size(); ++arm) {
    block.samples.push_back(
        sample_of(measurement.arms[arm].id, static_cast<int>(arm), seconds[arm]));
  }
  measurement.blocks.push_back(std::move(block));
}

Measurement simulated(const Shape& shape, const Noise& noise, std::uint64_t seed) {
  Measurement measurement = arms_only(shape.speeds.size());
  NormalDraws normal(seed);
  for (int workload = 0; workload < shape.workloads; ++workload) {
    const std::string name = "w" + std::to_string(workload);
    measurement.workloads.push_back({name, "/" + name + ".py", "pure-python", 1});
  }
  for (int round = 0; round < shape.rounds; ++round) {
    const double of_round = noise.round * normal();
    std::vector<double> of_arm;
    for (std::size_t arm = 0; arm <= shape.speeds.size(); ++arm) {
      of_arm.push_back(noise.arm_round * normal());
    }
    for (int workload = 0; workload < shape.workloads; ++workload) {
      const double of_block = noise.block * normal();
      std::vector<double> seconds;
      for (std::size_t arm = 0; arm < measurement.arms.size(); ++arm) {
        const double speed = arm == 0 ? 1 : shape.speeds[arm - 1];
        const double noisier = arm == 0 || shape.noisier.empty() ? 1 : shape.noisier[arm - 1];
        const double own =
            noisier * unevenness(shape, noise, workload) * process_noise(noise, normal);
        seconds.push_back(0.1 * (workload + 1) / speed *
                          std::exp(of_round + of_arm[arm] + of_block + own));
      }
      add_block(measurement, round, "w" + std::to_string(workload), seconds, shape.phase);
    }
  }
  return measurement;
}

}  // namespace pytune::synthetic
