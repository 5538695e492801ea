// When a race is looked at, who leaves it, and when it ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/comparison.h"
#include "analyze/recommendation.h"

namespace pytune {

// What the next look at a race waits for.
struct Look {
  int rounds = 0;            // measured in all by then
  double confidence = 0.95;  // that its intervals are made with
};

// How far a race is.
struct RaceState {
  std::size_t live = 0;          // arms that still take part, the baseline and its copy included
  double minutes = 0;            // that its workers took
  double minutes_per_round = 0;  // that one more round of the live arms takes
};

class StopRule {
 public:
  StopRule() = default;
  StopRule(const StopRule&) = delete;
  StopRule& operator=(const StopRule&) = delete;
  virtual ~StopRule() = default;

  // Look `number`, from 1; nothing: the race is over. Never nothing for the first.
  virtual std::optional<Look> look(int number, const RaceState& state) = 0;
  // The arms that need no more rounds, by what the last look saw. Only candidates leave.
  virtual std::vector<std::string> leaving(const Comparison& seen) const = 0;
  // That it may take, from before the first look, for whoever looks on; nothing: known otherwise.
  virtual std::optional<double> expected_minutes(const RaceState& before) const = 0;
  // Why it ended before what was wanted was reached, as a note; empty: it was reached.
  virtual std::string shortfall() const { return ""; }
};

// So many rounds, looked at once.
class FixedRounds : public StopRule {
 public:
  explicit FixedRounds(int rounds) : rounds_(rounds) {}
  std::optional<Look> look(int number, const RaceState& state) override;
  std::vector<std::string> leaving(const Comparison& seen) const override;
  std::optional<double> expected_minutes(const RaceState& before) const override;

 private:
  int rounds_;
};

// Until every interval is within `precision` (a share) of its middle, at the latest after
// `minutes`. Whoever is settled leaves.
class UntilPrecise : public StopRule {
 public:
  UntilPrecise(double precision, double minutes) : precision_(precision), minutes_(minutes) {}
  std::optional<Look> look(int number, const RaceState& state) override;
  std::vector<std::string> leaving(const Comparison& seen) const override;
  std::optional<double> expected_minutes(const RaceState& before) const override;
  std::string shortfall() const override;

 private:
  double precision_;
  double minutes_;
  bool out_of_time_ = false;
};

// At most so many rounds; whoever cannot win any more leaves.
class UntilOneCanWin : public StopRule {
 public:
  UntilOneCanWin(int most_rounds, std::vector<Candidate> candidates)
      : most_rounds_(most_rounds), candidates_(std::move(candidates)) {}
  std::optional<Look> look(int number, const RaceState& state) override;
  std::vector<std::string> leaving(const Comparison& seen) const override;
  std::optional<double> expected_minutes(const RaceState& before) const override;

 private:
  int most_rounds_;
  std::vector<Candidate> candidates_;
};

}  // namespace pytune
