// A sweep's race as a measurement: shown, compared and exported like one.
#include <algorithm>

#include "result/lookup.h"
#include "result/measure_result.h"

namespace pytune {
namespace {

// "/usr/bin/python3 (3.11.2)" in its two parts.
void take_system_python(const std::string& text, Interpreter& interpreter) {
  const auto open = text.rfind(" (");
  interpreter.name = text.substr(0, open);
  if (open != std::string::npos && text.ends_with(')'))
    interpreter.version = text.substr(open + 2, text.size() - open - 3);
}

void describe(const SweepResult& sweep, Arm& arm) {
  Interpreter& interpreter = arm.interpreter;
  interpreter.implementation = "CPython";
  if (const Build* build = find_build(sweep, arm.id)) {
    interpreter.name = build_name(sweep, *build);
    interpreter.version = build->source_version;
    interpreter.compiler = build->configuration.value(Compiler::name);
    interpreter.identity = build->code_sha256;
  } else if (arm.role == Arm::Role::reference && !sweep.system_python.empty()) {
    take_system_python(sweep.system_python, interpreter);
  } else {
    interpreter.name = arm_label(sweep, arm.id);
  }
  if (interpreter.version.empty()) interpreter.version = "of unknown version";
  arm.label = label_of(interpreter);
}

}  // namespace

MeasureResult measure_result_of(const SweepResult& sweep) {
  MeasureResult result;
  result.id = sweep.id;
  result.created = sweep.created;
  result.host = sweep.host;
  result.measurement = sweep.measurement;
  result.comparison = sweep.race;
  result.minutes = sweep.measure_minutes;
  std::erase_if(result.measurement.blocks,
                [](const Block& block) { return block.phase != Phase::race; });
  for (const auto& warning : sweep.warnings) result.measurement.notes.push_back(warning);
  auto& arms = result.measurement.arms;
  std::stable_partition(arms.begin(), arms.end(),
                        [](const Arm& arm) { return arm.role == Arm::Role::baseline; });
  for (Arm& arm : arms)
    if (arm.role != Arm::Role::copy) describe(sweep, arm);
  return result;
}

}  // namespace pytune
