#include "analyze/additive_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace pytune {
namespace {

// Keeps the equations solvable where columns cannot be told apart. It then splits their joint
// effect evenly, leaves the sum as it is, and moves no estimate by more than a millionth of itself.
constexpr double kRidge = 1e-6;
constexpr double kZero = 1e-9;  // entries are 0, 1 and small fractions

using Matrix = std::vector<std::vector<double>>;

void subtract(std::vector<double>& row, const std::vector<double>& other, double times) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i] -= times * other[i];
  }
}

// Gauss-Jordan with partial pivoting over the first `columns` columns; returns the pivot columns,
// row by row.
std::vector<std::size_t> reduce(Matrix& matrix, std::size_t columns) {
  std::vector<std::size_t> pivots;
  for (std::size_t column = 0; column < columns && pivots.size() < matrix.size(); ++column) {
    const std::size_t row = pivots.size();
    std::size_t best = row;
    for (std::size_t i = row + 1; i < matrix.size(); ++i) {
      best = std::abs(matrix[i][column]) > std::abs(matrix[best][column]) ? i : best;
    }
    const double pivot = matrix[best][column];
    if (std::abs(pivot) < kZero) {
      continue;
    }
    std::swap(matrix[row], matrix[best]);
    for (double& entry : matrix[row]) {
      entry /= pivot;
    }
    for (std::size_t i = 0; i < matrix.size(); ++i) {
      if (i != row) {
        subtract(matrix[i], matrix[row], matrix[i][column]);
      }
    }
    pivots.push_back(column);
  }
  return pivots;
}

}  // namespace

AdditiveModel::AdditiveModel(const Configuration& baseline,
                             const std::vector<Configuration>& builds)
    : builds_(builds.size()) {
  for (const std::string& axis : axis_names()) {
    for (const Configuration& build : builds) {
      const Column column{axis, build.value(axis)};
      const bool known = std::find(columns_.begin(), columns_.end(), column) != columns_.end();
      if (!known && column.value != baseline.value(axis)) {
        columns_.push_back(column);
      }
    }
  }
  for (const Configuration& build : builds) {
    std::vector<double> row;
    row.reserve(columns_.size());
    for (const Column& column : columns_) {
      row.push_back(build.value(column.axis) == column.value ? 1 : 0);
    }
    design_.push_back(std::move(row));
  }
  find_groups();
  solve();
}

// In the reduced design, a column without a pivot is a combination of pivot columns: they cannot be
// told apart.
void AdditiveModel::find_groups() {
  Matrix reduced = design_;
  const auto pivots = reduce(reduced, columns_.size());
  rank_ = static_cast<int>(pivots.size());
  group_.resize(columns_.size());
  std::iota(group_.begin(), group_.end(), std::size_t{0});
  const auto merge = [&](std::size_t from, std::size_t to) {
    std::replace(group_.begin(), group_.end(), group_[from], group_[to]);
  };
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (std::find(pivots.begin(), pivots.end(), column) != pivots.end()) {
      continue;
    }
    for (std::size_t row = 0; row < pivots.size(); ++row) {
      if (std::abs(reduced[row][column]) > kZero) {
        merge(column, pivots[row]);
      }
    }
  }
}

// weights = (X'X + ridge)^-1 X', by reducing [X'X + ridge | X'].
void AdditiveModel::solve() {
  const std::size_t columns = columns_.size();
  Matrix equations(columns, std::vector<double>(columns + builds_, 0.0));
  for (std::size_t i = 0; i < columns; ++i) {
    for (std::size_t build = 0; build < builds_; ++build) {
      for (std::size_t j = 0; j < columns; ++j) {
        equations[i][j] += design_[build][i] * design_[build][j];
      }
      equations[i][columns + build] = design_[build][i];
    }
    equations[i][i] += kRidge;
  }
  reduce(equations, columns);
  for (const std::vector<double>& row : equations) {
    weights_.emplace_back(row.begin() + static_cast<std::ptrdiff_t>(columns), row.end());
  }
}

std::vector<double> AdditiveModel::residual_weights(std::size_t build) const {
  std::vector<double> residual(builds_, 0.0);
  residual[build] = 1;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    subtract(residual, weights_[column], design_[build][column]);
  }
  return residual;
}

}  // namespace pytune
