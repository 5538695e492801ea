#include "build/selection.h"

#include <map>
#include <string>

#include "spec/configuration.h"

namespace pytune {

Candidates::Candidates(const std::vector<Recipe>& recipes, const Bill& bill)
    : points_(recipes.size()) {
  number_levels(recipes);
  number_stages(recipes, bill);
}

void Candidates::number_levels(const std::vector<Recipe>& recipes) {
  for (const std::string& axis : axis_names()) {
    std::map<std::string, std::vector<std::size_t>> points_of;
    for (std::size_t i = 0; i < recipes.size(); ++i)
      points_of[recipes[i].configuration.value(axis)].push_back(i);
    if (points_of.size() < 2) {
      ++common_levels_;
      continue;
    }
    for (const auto& [value, points] : points_of) {
      for (const std::size_t point : points) points_[point].levels.push_back(seen_.size());
      seen_.push_back(0);
    }
  }
}

void Candidates::number_stages(const std::vector<Recipe>& recipes, const Bill& bill) {
  std::map<StepId, std::size_t> numbers;
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    Point& point = points_[i];
    for (const StageRecipe* stage : recipes[i].stages()) {
      const std::size_t number = numbers.emplace(stage->id, numbers.size()).first->second;
      if (number == users_.size()) users_.emplace_back();
      users_[number].push_back(i);
      point.stages.push_back(number);
      point.minutes_of_stages.push_back(bill.minutes_missing(*stage));
    }
  }
  paid_.resize(users_.size());
  for (Point& point : points_) add_up(point);
}

// Anew and in order: what is taken off and put on again would not come to the same sum.
void Candidates::add_up(Point& point) const {
  point.minutes = 0;
  for (std::size_t i = 0; i < point.stages.size(); ++i)
    if (!paid_[point.stages[i]]) point.minutes += point.minutes_of_stages[i];
}

std::vector<std::size_t> Candidates::take(std::size_t number) {
  ++taken_;
  for (const std::size_t level : points_[number].levels) ++seen_[level];
  std::vector<std::size_t> added;
  const std::vector<std::size_t>& stages = points_[number].stages;
  for (std::size_t place = 0; place < stages.size(); ++place) {
    if (paid_[stages[place]]) continue;
    paid_[stages[place]] = true;
    added.push_back(place);
    for (const std::size_t user : users_[stages[place]]) add_up(points_[user]);
  }
  return added;
}

std::size_t Candidates::best(const std::vector<std::size_t>& rest) const {
  const double common = static_cast<double>(common_levels_) / (1 + taken_);
  std::size_t found = 0;
  double most = 0;
  for (std::size_t place = 0; place < rest.size(); ++place) {
    const Point& point = points_[rest[place]];
    double novelty = common;
    for (const std::size_t level : point.levels) novelty += 1.0 / (1 + seen_[level]);
    // Sums that differ by their rounding alone are equal, so that the first of equals is taken.
    if (const double worth = novelty / (1 + point.minutes); worth > most * (1 + 1e-12)) {
      most = worth;
      found = place;
    }
  }
  return found;
}

}  // namespace pytune
