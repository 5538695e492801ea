// What `pytune measure` came to: interpreters side by side, none of them built by it.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analyze/comparison.h"
#include "analyze/counters.h"
#include "measure/sample.h"
#include "report/result.h"
#include "sys/host.h"

namespace pytune {

struct MeasuredInterpreter {
  std::string arm;             // Arm::id
  std::string name;            // as the user called it, or a build's name
  std::string python;          // absolute path
  std::string implementation;  // "CPython", "PyPy"
  std::string version;         // of the language: "3.11.2"
  std::string compiler;        // "GCC 12.2.0"
  std::string sha256;          // over the executable and its libpython
};

struct MeasureResult {
  std::string id;
  std::string created;
  std::string suite;
  std::string evidence = "measured";
  Host host;
  std::vector<MeasuredInterpreter> interpreters;  // the baseline first
  Measurement measurement;
  Comparison comparison;
  int looks = 1;  // how often the figures were looked at before measuring ended
  double minutes = 0;
  std::vector<int> throughput_cpus;  // one worker ran on each at once; empty: one at a time
  double price_per_hour = 0;         // of the machine, in the user's money; 0: not given
  CounterComparison counters = {};   // without arms: nothing was counted
};

void to_json(nlohmann::json& j, const MeasureResult& result);
// What is not such a result, or fits together badly, throws UsageError with the place in it.
void from_json(const nlohmann::json& j, MeasureResult& result);

// What every reader of a result relies on, and its parts by themselves cannot show: one baseline,
// whose interpreter comes first, and no row or interpreter without its arm. Throws UsageError.
void require_consistent(const MeasureResult& result);

// The race of a sweep in the same shape: one interpreter per arm. Its confirmation, contributions
// and recommendation have no place there.
MeasureResult measure_result_of(const SweepResult& sweep);

// Null when there is none of that id.
const Arm* find_arm(const MeasureResult& result, std::string_view id);
const MeasuredInterpreter* find_interpreter(const MeasureResult& result, std::string_view arm);
// Whether the row is of the A/A arm.
bool is_copy(const MeasureResult& result, const ArmComparison& row);

// "/usr/bin/python3 (CPython 3.11.2)"
std::string interpreter_label(const MeasuredInterpreter& interpreter);

// Speeds with intervals and verdicts, each workload, and warnings.
void print_measure(std::ostream& out, const MeasureResult& result, const ConsoleStyle& style);

// 0 when something can be said of an interpreter, 3 when of none.
int measure_exit_status(const MeasureResult& result);

}  // namespace pytune
