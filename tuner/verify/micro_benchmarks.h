// Gate: each patch's micro-benchmark (patches/bench) runs without and with it; for another
// machine its instructions are counted, and a patch that makes every statement dearer fails.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verify/place_builds.h"

namespace pytune {

struct StatementCount {
  std::string name;
  double before = 0;  // instructions of one statement
  double after = 0;
  double ratio() const { return before / after; }
};

// The names that patches/bench.py prints. Throws Failure naming `shown`.
std::vector<std::string> parse_statement_names(std::string_view output, const std::string& shown);

// What the counts say of a patch whose header claims `effect`.
void judge_counts(GateRow& row, const std::vector<StatementCount>& counts,
                  const std::string& effect);

double benchmark_minutes(const VerifyContext& context, const std::vector<PlaceBuilds>& places);
std::vector<GateRow> verify_benchmarks(VerifyContext& context,
                                       const std::vector<PlaceBuilds>& places);

}  // namespace pytune
