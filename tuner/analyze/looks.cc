#include "analyze/looks.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "analyze/warnings.h"

namespace pytune {

int rounds_at_look(int look) {
  if (look < 1 || look > 40) throw std::invalid_argument("looks are counted from 1 to 40");
  int rounds = analyze::kFewestRounds;
  for (int i = 1; i < look; ++i) rounds += (rounds + 1) / 2;
  return rounds;
}

double confidence_at_look(double confidence, int look) {
  if (look < 1) throw std::invalid_argument("looks are counted from 1");
  const double share = 6 / (std::numbers::pi * std::numbers::pi * look * look);
  return 1 - (1 - confidence) * share;
}

}  // namespace pytune
