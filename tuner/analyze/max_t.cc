#include "analyze/max_t.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "analyze/statistics.h"

namespace pytune {
namespace {

// Correlation of the arms' influences over the blocks. Missing ones count as 0, which keeps the
// matrix positive semi-definite; the hundredth taken off outside the diagonal makes it definite.
std::vector<double> correlations(const SuiteEstimate& suite) {
  const std::size_t arms = suite.layout.arms;
  const std::size_t rows = suite.layout.rows();
  std::vector<double> matrix(arms * arms, 0);
  for (std::size_t a = 0; a < arms; ++a) {
    for (std::size_t b = 0; b < arms; ++b) {
      for (std::size_t i = 0; i < rows; ++i) {
        matrix[a * arms + b] += suite.influence[a * rows + i] * suite.influence[b * rows + i];
      }
    }
  }
  std::vector<double> norm(arms);
  for (std::size_t a = 0; a < arms; ++a) {
    norm[a] = std::sqrt(matrix[a * arms + a]);
  }
  for (std::size_t a = 0; a < arms; ++a) {
    for (std::size_t b = 0; b < arms; ++b) {
      const double product = norm[a] * norm[b];
      matrix[a * arms + b] = a == b ? 1 : (product > 0 ? 0.99 * matrix[a * arms + b] / product : 0);
    }
  }
  return matrix;
}

// Lower triangle L with L * transposed(L) = matrix, in place.
void cholesky(std::vector<double>& matrix, std::size_t size) {
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double sum = matrix[row * size + column];
      for (std::size_t k = 0; k < column; ++k) {
        sum -= matrix[row * size + k] * matrix[column * size + k];
      }
      matrix[row * size + column] =
          row == column ? std::sqrt(std::max(sum, 1e-12)) : sum / matrix[column * size + column];
    }
  }
}

// One workload's noise against the others' is all that matters here; where none was seen, all are
// alike.
std::vector<double> relative_scales(const std::vector<double>& scales) {
  double sum = 0;
  double seen = 0;
  for (const double scale : scales) {
    sum += scale;
    seen += scale > 0 ? 1 : 0;
  }
  std::vector<double> relative;
  relative.reserve(scales.size());
  for (const double scale : scales) {
    relative.push_back(scale > 0 ? scale * seen / sum : 1);
  }
  return relative;
}

// Which observations a draw makes up, and how noisy each workload is.
struct Design {
  Layout layout;
  std::vector<double> scale;  // [workload]
};

// Far more observations than any benchmark suite has: a draw costs time in proportion to them.
constexpr std::size_t kMostRows = 20'000;
constexpr std::size_t kMostWorkloads = 1000;

// Of a hundred thousand workloads the draws need every hundredth, and of a million rounds the first
// few: what they tell is the ratio of an estimate to its own error, which is that of as many rounds
// and hardly depends on how many workloads there are, or on rounds beyond dozens. Only where no arm
// lacks an observation: elsewhere, what is left out might be all that an arm has.
Design design_of(const Layout& whole, const std::vector<double>& scale) {
  const bool complete = std::all_of(whole.weight.begin(), whole.weight.end(),
                                    [](double weight) { return weight > 0; });
  if (whole.rows() <= kMostRows || !complete) return {whole, scale};
  const std::size_t step = (whole.workloads + kMostWorkloads - 1) / kMostWorkloads;
  LogRatios table;
  table.arms.resize(whole.arms);
  std::vector<double> kept;
  for (std::size_t workload = 0; workload < whole.workloads; workload += step)
    kept.push_back(scale[workload]);
  table.workloads.resize(kept.size());
  table.rounds = std::min(whole.rounds, kMostRows / kept.size());
  for (std::size_t i = 0; i < whole.rows(); ++i) {
    if (whole.row_workload[i] % step == 0 && whole.row_round[i] < table.rounds)
      table.rows.push_back({whole.row_workload[i] / step, whole.row_round[i],
                            std::vector<std::optional<double>>(whole.arms, 0.0)});
  }
  return {layout_of(table), std::move(kept)};
}

class NullSample {
 public:
  NullSample(const SuiteEstimate& suite, const std::vector<double>& workload_scale,
             std::uint64_t seed)
      : NullSample(suite, design_of(suite.layout, relative_scales(workload_scale)), seed) {}
  NullSample(const SuiteEstimate& suite, Design design, std::uint64_t seed)
      : layout_(std::move(design.layout)),
        normal_(seed),
        triangle_(correlations(suite)),
        scale_(std::move(design.scale)),
        known_(suite.variance),
        noise_(layout_.arms * layout_.rows()) {
    cholesky(triangle_, layout_.arms);
  }

  // |theta| / sqrt(variance) per arm, of one fresh sample without any effect; 0 where unknown.
  const std::vector<double>& draw() {
    draw_noise();
    ratios_.assign(layout_.arms, 0);
    spreads_.assign(layout_.arms, Spread{});
    double design_effect = 0;
    double arms = 0;
    for (std::size_t arm = 0; arm < layout_.arms; ++arm) {
      if (known_[arm] >= 0) {
        ratios_[arm] = centre(arm);
        spreads_[arm] = spread_of(layout_, arm, &noise_[arm * layout_.rows()]);
        design_effect += spreads_[arm].design_effect();
        arms += 1;
      }
    }
    for (std::size_t arm = 0; arm < layout_.arms; ++arm) {
      const double variance = shared_noise_variance(spreads_[arm], design_effect / arms);
      ratios_[arm] = variance > 0 ? std::abs(ratios_[arm]) / std::sqrt(variance) : 0;
    }
    return ratios_;
  }

 private:
  void draw_noise() {
    std::vector<double> independent(layout_.arms);
    for (std::size_t i = 0; i < layout_.rows(); ++i) {
      std::generate(independent.begin(), independent.end(), [this] { return normal_(); });
      const double scale = scale_[layout_.row_workload[i]];
      for (std::size_t arm = 0; arm < layout_.arms; ++arm) {
        double sum = 0;
        for (std::size_t k = 0; k <= arm; ++k) {
          sum += triangle_[arm * layout_.arms + k] * independent[k];
        }
        noise_[arm * layout_.rows() + i] = scale * sum;
      }
    }
  }

  // Turns the arm's noise into influences about its workloads' means, and returns its suite mean
  // over the workloads that have more than one block, as in spread_of().
  double centre(std::size_t arm) {
    const std::size_t rows = layout_.rows();
    means_.assign(layout_.workloads, 0);
    double theta = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t workload = layout_.row_workload[i];
      const int blocks = layout_.blocks[arm * layout_.workloads + workload];
      const double weighted = layout_.weight[arm * rows + i] * noise_[arm * rows + i];
      theta += blocks > 1 ? weighted : 0;
      means_[workload] += weighted;
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t workload = layout_.row_workload[i];
      const double weight = layout_.weight[arm * rows + i];
      const int blocks = layout_.blocks[arm * layout_.workloads + workload];
      double& noise = noise_[arm * rows + i];
      noise = weight > 0 ? weight * noise - means_[workload] / blocks : 0;
    }
    return theta;
  }

  Layout layout_;
  NormalDraws normal_;
  std::vector<double> triangle_;
  std::vector<double> scale_;
  const std::vector<double>& known_;
  std::vector<double> noise_;  // [arm, row]
  std::vector<double> means_;
  std::vector<double> ratios_;
  std::vector<Spread> spreads_;
};

}  // namespace

CriticalValues critical_values(const SuiteEstimate& suite,
                               const std::vector<double>& workload_scale,
                               const ComparisonSettings& settings) {
  CriticalValues critical;
  critical.alone.assign(suite.layout.arms, 0);
  const auto is_known = [](double variance) { return variance >= 0; };
  if (std::none_of(suite.variance.begin(), suite.variance.end(), is_known)) {
    return critical;
  }
  NullSample sample(suite, workload_scale, settings.seed);
  std::vector<double> largest;
  std::vector<std::vector<double>> alone(suite.layout.arms);
  for (int draw = 0; draw < settings.bootstrap_draws; ++draw) {
    const std::vector<double>& ratios = sample.draw();
    largest.push_back(*std::max_element(ratios.begin(), ratios.end()));
    for (std::size_t arm = 0; arm < ratios.size(); ++arm) {
      alone[arm].push_back(ratios[arm]);
    }
  }
  critical.simultaneous = upper_quantile(std::move(largest), settings.confidence);
  for (std::size_t arm = 0; arm < alone.size(); ++arm) {
    critical.alone[arm] = upper_quantile(std::move(alone[arm]), settings.confidence);
  }
  return critical;
}

}  // namespace pytune
