// A sweep's race as a measurement: shown, compared and exported like one.
#include <algorithm>

#include "report/figures.h"
#include "report/measure_result.h"

namespace pytune {
namespace {

// "/usr/bin/python3 (3.11.2)" in its two parts.
void take_system_python(const std::string& text, MeasuredInterpreter& interpreter) {
  const auto open = text.rfind(" (");
  interpreter.name = text.substr(0, open);
  if (open != std::string::npos && text.ends_with(')'))
    interpreter.version = text.substr(open + 2, text.size() - open - 3);
}

MeasuredInterpreter interpreter_of(const SweepResult& sweep, const Arm& arm) {
  MeasuredInterpreter interpreter;
  interpreter.arm = arm.id;
  interpreter.python = arm.python;
  interpreter.implementation = "CPython";
  if (const Build* build = find_build(sweep, arm.id)) {
    interpreter.name = build_name(sweep, *build);
    interpreter.version = build->source_version;
    interpreter.compiler = build->configuration.value("compiler");
    interpreter.sha256 = build->code_sha256;
  } else if (arm.role == Arm::Role::reference && !sweep.system_python.empty()) {
    take_system_python(sweep.system_python, interpreter);
  } else {
    interpreter.name = arm_label(sweep, arm.id);
  }
  if (interpreter.version.empty()) interpreter.version = "of unknown version";
  return interpreter;
}

}  // namespace

MeasureResult measure_result_of(const SweepResult& sweep) {
  MeasureResult result;
  result.id = sweep.id;
  result.created = sweep.created;
  result.evidence = sweep.recommendation.evidence;
  result.host = sweep.host;
  result.measurement = sweep.measurement;
  result.comparison = sweep.race;
  result.minutes = sweep.measure_minutes;
  std::erase_if(result.measurement.blocks,
                [](const Block& block) { return block.phase != "race"; });
  for (const auto& warning : sweep.warnings) result.measurement.notes.push_back(warning);
  for (Arm& arm : result.measurement.arms) {
    if (arm.role == Arm::Role::copy) continue;
    const MeasuredInterpreter interpreter = interpreter_of(sweep, arm);
    const bool baseline = arm.role == Arm::Role::baseline;
    arm.label = interpreter_label(interpreter);
    result.interpreters.insert(baseline ? result.interpreters.begin() : result.interpreters.end(),
                               interpreter);
  }
  return result;
}

}  // namespace pytune
