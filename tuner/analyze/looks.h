// Looking at figures while they are still being measured, and stopping early, without fooling
// oneself.
//
// An interval that holds in 95 % of runs holds in fewer when it is looked at after every round and
// measuring stops at the first pleasing one. Here each look has a risk of its own, and the risks of
// any number of looks add up to no more than the whole: 1 - confidence = sum over k = 1, 2, ... of
// risk(k), with risk(k) = (1 - confidence) * 6 / (pi^2 * k^2) (Bonferroni's inequality over Basel's
// series). So whichever look is the last, its intervals hold together with all before. The looks
// lie further and further apart, so that few are needed: the tenth has seen 210 rounds.
#pragma once

#include <vector>

namespace pytune {

// Rounds that look k = 1, 2, ... waits for: 5, 8, 12, 18, 27, ...: 1.5 times as many each.
int rounds_at_look(int look);

// What the intervals of look k are to be made with, so that all looks together have `confidence`.
double confidence_at_look(double confidence, int look);

// The rounds after which a race of at most `most_rounds` is looked at: those of rounds_at_look()
// that are fewer, and `most_rounds`. Their number is known in advance, so each look may have an
// equal share of the risk: 1 - (1 - confidence) / number of looks.
std::vector<int> looks_of_race(int most_rounds);
double confidence_of_race(double confidence, int most_rounds);

}  // namespace pytune
