#include "verify/subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "sys/files.h"
#include "toolchain/emulator.h"

namespace pytune {
namespace fs = std::filesystem;

const PlaceBuilds::Patched* PlaceBuilds::of(const std::string& patch) const {
  const auto found = std::find_if(patched.begin(), patched.end(), [&](const Patched& one) {
    return one.variant.patch == patch && one.problem.empty();
  });
  return found == patched.end() ? nullptr : &*found;
}

// The last variant stands for all that is verified: it is all patches, or the only one.
const PlaceBuilds::Patched* checked_or_skipped(const PlaceBuilds& place, const std::string& gate,
                                               std::vector<GateRow>& rows) {
  const std::string patch = place.patched.empty() ? kSeriesRow : place.patched.back().variant.patch;
  const PlaceBuilds::Patched* checked = place.problem.empty() ? place.of(patch) : nullptr;
  if (checked != nullptr) return checked;
  const std::string& why = !place.problem.empty()  ? place.problem
                           : place.patched.empty() ? "nothing is to be built there"
                                                   : place.patched.back().problem;
  rows.push_back({gate, place.name, patch, GateOutcome::skipped, why, ""});
  return nullptr;
}

Interpreter interpreter_of(const Build& build, const Target* target) {
  return {build.id, build.python.string(), target};
}

Command interpreter_command(const Interpreter& interpreter, const std::vector<std::string>& words,
                            const fs::path& home, const fs::path& counts) {
  Command command;
  if (const Target* target = interpreter.target) {
    Emulation emulation;
    emulation.sysroot = target->cross.sysroot;
    emulation.cpu = target->cpu;
    emulation.plugin = target->plugin;
    emulation.counts = counts;
    command.argv = emulator_words(target->emulator, emulation);
  }
  command.argv.push_back(interpreter.python);
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.cwd = home;
  const Environment own = current_environment();
  const auto path = own.find("PATH");
  // One hash seed: what an interpreter answers must follow from its arguments alone.
  command.environment =
      Environment{{"PATH", path == own.end() ? "/usr/local/bin:/usr/bin:/bin" : path->second},
                  {"HOME", home.string()},
                  {"TMPDIR", home.string()},
                  {"LANG", "C.UTF-8"},
                  {"LC_ALL", "C.UTF-8"},
                  {"PYTHONDONTWRITEBYTECODE", "1"},
                  {"PYTHONHASHSEED", "0"}};
  return command;
}

nlohmann::json interpreter_inputs(const Interpreter& interpreter) {
  nlohmann::json inputs = {{"build", interpreter.id}};
  if (const Target* target = interpreter.target)
    inputs["emulated"] = {{"emulator", target->emulator.sha256}, {"cpu", target->cpu}};
  return inputs;
}

std::string keep_log(Store& store, const GateRow& row, const std::string& text) {
  const nlohmann::json inputs = {
      {"gate", row.gate}, {"place", row.place}, {"patch", row.patch}, {"log", sha256(text)}};
  const Step step = store.produce({"gate", step_key(inputs)}, inputs, [&](const fs::path& staging) {
    write_file_atomic(staging / "log.txt", text);
    return StepResult{row.outcome != GateOutcome::failed, {{"row", row}}};
  });
  return (step.directory / "log.txt").string();
}

}  // namespace pytune
