#include "verify/interpreter.h"

namespace pytune {
namespace fs = std::filesystem;

Interpreter interpreter_of(const Build& build, const Target* target) {
  Interpreter interpreter{build.id, build.python.string(), {}};
  if (target != nullptr)
    interpreter.emulated = {
        target->emulator,
        {.sysroot = target->cross.sysroot, .cpu = target->cpu, .plugin = target->plugin}};
  return interpreter;
}

Command interpreter_command(const Interpreter& interpreter, const std::vector<std::string>& words,
                            const fs::path& home, const fs::path& counts) {
  Command command;
  if (interpreter.emulated) {
    Emulation emulation = interpreter.emulated->emulation;
    emulation.counts = counts;
    command.argv = emulator_words(interpreter.emulated->emulator, emulation);
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
  if (const auto& emulated = interpreter.emulated)
    inputs["emulated"] = {{"emulator", emulated->emulator.sha256},
                          {"cpu", emulated->emulation.cpu}};
  return inputs;
}

}  // namespace pytune
