// Which points a sweep takes next: worth the most for what it costs. A plan of thousands of points
// asks each of them after each choice, so all that does not change is kept as numbers.
#pragma once

#include <cstddef>
#include <vector>

#include "build/bill.h"
#include "build/recipe.h"

namespace pytune {

class Candidates {
 public:
  // `recipes` are numbered by their places.
  Candidates(const std::vector<Recipe>& recipes, const Bill& bill);

  // CPU minutes of its stages that neither the store has nor what was taken.
  double minutes(std::size_t number) const { return points_[number].minutes; }

  // Its stages are paid, its values seen once more. Which of its stages that adds, by their places
  // in recipe.stages().
  std::vector<std::size_t> take(std::size_t number);

  // The place in `rest`, which is not empty, of the number whose novelty per minute is the highest;
  // of several the first. A point with rarely seen values is worth more: 1/(1+n) for each axis,
  // the gain in information of one more observation of a level.
  std::size_t best(const std::vector<std::size_t>& rest) const;

 private:
  struct Point {
    std::vector<std::size_t> stages;        // by number
    std::vector<double> minutes_of_stages;  // 0 when the store has it
    std::vector<std::size_t> levels;        // those that some points do not have, by number
    double minutes = 0;
  };

  void number_levels(const std::vector<Recipe>& recipes);
  void number_stages(const std::vector<Recipe>& recipes, const Bill& bill);
  void add_up(Point& point) const;

  std::vector<Point> points_;
  std::vector<bool> paid_;                       // by stage
  std::vector<std::vector<std::size_t>> users_;  // by stage: the points that need it
  std::vector<int> seen_;                        // by level: how many taken points have it
  std::size_t common_levels_ = 0;                // that all points have
  int taken_ = 0;
};

}  // namespace pytune
