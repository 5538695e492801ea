// log speed of a build = the sum of what each of its values brings, against the baseline's values.
// Least squares.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "spec/configuration.h"

namespace pytune {

class AdditiveModel {
 public:
  struct Column {
    std::string axis;
    std::string value;
    bool operator==(const Column&) const = default;
  };

  // A column for each value that differs from the baseline's in some build, in the order of the
  // axes.
  AdditiveModel(const Configuration& baseline, const std::vector<Configuration>& builds);

  const std::vector<Column>& columns() const { return columns_; }
  // How the builds' log speeds are to be weighed to give this column's effect.
  const std::vector<double>& weights(std::size_t column) const { return weights_[column]; }
  // How they are to be weighed to give what the model leaves unexplained of this build.
  std::vector<double> residual_weights(std::size_t build) const;
  int degrees_of_freedom() const { return static_cast<int>(builds_) - rank_; }
  // Columns of one group occur together in such a way that the builds cannot tell their effects
  // apart, only sums over them. A column with an effect of its own is alone in its group.
  std::size_t group(std::size_t column) const { return group_[column]; }

 private:
  void find_groups();
  void solve();

  std::size_t builds_;
  std::vector<Column> columns_;
  std::vector<std::vector<double>> design_;   // [build][column], 0 or 1
  std::vector<std::vector<double>> weights_;  // [column][build]
  std::vector<std::size_t> group_;
  int rank_ = 0;
};

}  // namespace pytune
