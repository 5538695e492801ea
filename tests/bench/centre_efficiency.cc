// Which robust centre needs the fewest blocks: the table in tuner/analyze/statistics.h. Built
// by the target `benchmarks`: build/dev/bench/centre_efficiency.
//
// Prints blocks * variance of each centre, 1 being the mean's on clean noise.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "analyze/statistics.h"

namespace {

using pytune::huber_centre;
using pytune::mean;
using pytune::median;
using pytune::NormalDraws;
using pytune::scale_of;
using Values = std::vector<double>;

constexpr int kArms = 6;
constexpr int kSamples = 20'000;

double trimmed_mean(Values values) {
  std::sort(values.begin(), values.end());
  const auto cut = static_cast<std::ptrdiff_t>(values.size() / 5);
  return mean(Values(values.begin() + cut, values.end() - cut));
}

double hodges_lehmann(const Values& values) {
  Values pairs;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j) {
      pairs.push_back((values[i] + values[j]) / 2);
    }
  }
  return median(std::move(pairs));
}

// Without the smallest, which is 0 or there twice.
void add_deviations(const Values& values, Values& pool) {
  Values deviations;
  for (const double value : values) {
    deviations.push_back(std::abs(value - median(values)));
  }
  deviations.erase(std::min_element(deviations.begin(), deviations.end()));
  pool.insert(pool.end(), deviations.begin(), deviations.end());
}

double scale_of_arms(const std::vector<Values>& arms) {
  Values pool;
  for (const Values& arm : arms) {
    add_deviations(arm, pool);
  }
  return scale_of(pool);
}

std::vector<Values> log_ratios(std::size_t blocks, double outliers, NormalDraws& normal) {
  const auto noise = [&] {
    return std::sqrt(0.5) * normal() * (normal.uniform() < outliers ? 10 : 1);
  };
  std::vector<Values> arms(kArms);
  for (std::size_t block = 0; block < blocks; ++block) {
    const double baseline = noise();
    for (Values& arm : arms) {
      arm.push_back(baseline - noise());
    }
  }
  return arms;
}

}  // namespace

int main() {
  using Centre = std::function<double(const Values&, double)>;
  const std::vector<std::pair<const char*, Centre>> centres = {
      {"mean", [](const Values& values, double) { return mean(values); }},
      {"median", [](const Values& values, double) { return median(values); }},
      {"trimmed 20 %", [](const Values& values, double) { return trimmed_mean(values); }},
      {"Hodges-Lehmann", [](const Values& values, double) { return hodges_lehmann(values); }},
      {"Huber, own",
       [](const Values& values, double) { return huber_centre(values, scale_of_arms({values})); }},
      {"Huber, pooled",
       [](const Values& values, double pooled) { return huber_centre(values, pooled); }},
  };
  for (const auto& [name, centre] : centres) {
    std::printf("%-15s", name);
    for (const double outliers : {0.0, 0.05}) {
      for (const std::size_t blocks : {3U, 5U, 8U, 20U, 30U}) {
        NormalDraws normal(1);
        double squares = 0;
        for (int sample = 0; sample < kSamples; ++sample) {
          const auto arms = log_ratios(blocks, outliers, normal);
          const double pooled = scale_of_arms(arms);
          for (const Values& arm : arms) {
            squares += std::pow(centre(arm, pooled), 2) / (kSamples * kArms);
          }
        }
        std::printf(" %5.2f", squares * static_cast<double>(blocks));
      }
      std::printf("  ");
    }
    std::printf("\n");
  }
}
