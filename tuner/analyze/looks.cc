#include "analyze/looks.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "analyze/warnings.h"

namespace pytune {

int rounds_at_look(int look) {
  if (look < 1 || look > 40) throw std::invalid_argument("looks are counted from 1 to 40");
  int rounds = kFewestRounds;
  for (int i = 1; i < look; ++i) rounds += (rounds + 1) / 2;
  return rounds;
}

double confidence_at_look(double confidence, int look) {
  if (look < 1) throw std::invalid_argument("looks are counted from 1");
  const double share = 6 / (std::numbers::pi * std::numbers::pi * look * look);
  return 1 - (1 - confidence) * share;
}

std::vector<int> looks_of_race(int most_rounds) {
  std::vector<int> looks;
  for (int look = 1; rounds_at_look(look) < most_rounds; ++look)
    looks.push_back(rounds_at_look(look));
  looks.push_back(most_rounds);
  return looks;
}

double confidence_of_race(double confidence, int most_rounds) {
  return 1 - (1 - confidence) / static_cast<double>(looks_of_race(most_rounds).size());
}

}  // namespace pytune
