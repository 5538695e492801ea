#include "conformance/asked_interpreter.h"

namespace pytune {
namespace fs = std::filesystem;

Command question_to(const Interpreter& interpreter, const std::vector<std::string>& words,
                    const fs::path& home, const fs::path& counts) {
  Command command = command_of(interpreter, words);
  if (interpreter.machine && !counts.empty()) {
    Emulation emulation = emulation_of(interpreter);
    emulation.counts = counts;
    command.argv = emulator_words(interpreter.machine->emulator, emulation);
    command.argv.push_back(interpreter.python);
    command.argv.insert(command.argv.end(), words.begin(), words.end());
  }
  command.cwd = home;
  Environment& environment = *command.environment;
  environment["HOME"] = home.string();
  environment["TMPDIR"] = home.string();
  environment["LC_ALL"] = "C.UTF-8";
  environment["PYTHONHASHSEED"] = "0";
  environment.erase("PYTHONNOUSERSITE");  // its own tests look for the user's site
  return command;
}

nlohmann::json interpreter_inputs(const Interpreter& interpreter) {
  nlohmann::json inputs = {{"build", interpreter.identity}};
  if (const auto& machine = interpreter.machine)
    inputs["emulated"] = {{"emulator", machine->emulator.sha256}, {"cpu", machine->cpu}};
  if (auto surroundings = surroundings_key(interpreter); !surroundings.is_null())
    inputs["surroundings"] = std::move(surroundings);
  return inputs;
}

}  // namespace pytune
