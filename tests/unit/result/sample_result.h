// A fixed sweep result, and what the report tests share.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "result/sweep_result.h"
#include "sys/process.h"

namespace pytune::test {

// Ids of the builds in sample_result().
inline constexpr const char* kBaseline = "1111111111111111";
inline constexpr const char* kWinner = "2222222222222222";
inline constexpr const char* kSlower = "3333333333333333";
inline constexpr const char* kUnclear = "4444444444444444";
inline constexpr const char* kEquivalent = "5555555555555555";
inline constexpr const char* kFailed = "6666666666666666";

// A baseline, a confirmed winner, an equivalent build, the copy and the system's python3. Its paths
// lie below /srv.
SweepResult sample_result();
// The winner and the baseline built anew three times each, and found as fast.
void add_rebuilds(SweepResult& result);
// Networks of bf16mm, which the winner is a little faster on.
void add_numeric(SweepResult& result);

// Each adds one thing to, or takes one from, a sample result.
void add_slower_build(SweepResult& result);
void add_unclear_build(SweepResult& result);
void add_failed_build(SweepResult& result);
void add_dropped_points(SweepResult& result);
void take_winner_away(SweepResult& result);

const Build& build_of(const SweepResult& result, const std::string& id);
Build& build_of(SweepResult& result, const std::string& id);

// Runs a program to its end; output and errors together.
Outcome run_program(const std::vector<std::string>& argv, const std::filesystem::path& directory);

// Sets or unsets an environment variable until destroyed.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::optional<std::string>& value);
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable();

 private:
  void put(const std::optional<std::string>& value);
  const char* name_;
  std::optional<std::string> before_;
};

// Compares with tests/golden/report/NAME; with PYTUNE_UPDATE_GOLDEN=1 writes it instead.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace pytune::test
