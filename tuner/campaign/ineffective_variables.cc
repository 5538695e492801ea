#include "campaign/ineffective_variables.h"

#include <fmt/format.h>

#include "campaign/find_arm.h"
#include "campaign/find_interpreter.h"
#include "input/text.h"
#include "spec/environment.h"
#include "sys/error.h"

namespace pytune {
namespace {

// sys._jit is there since 3.14; before it, CPython's own tests ask so.
constexpr const char* kAboutJit = R"(
import sys, sysconfig
jit = getattr(sys, "_jit", None)
there = jit.is_available() if jit else "enable-experimental-jit" in str(sysconfig.get_config_var("CONFIG_ARGS"))
try:
    on = jit.is_enabled() if jit else __import__("_testinternalcapi").get_optimizer() is not None
    print("no jit" if not there else "jit on" if on else "jit off")
except (ImportError, AttributeError):
    print("jit" if there else "no jit")
)";

// Why PYTHON_JIT does nothing; nothing where it does what it says, or nothing can be asked.
std::optional<std::string> idle_jit(const Interpreter& interpreter, ProcessRunner& runner) {
  const auto found = interpreter.variables.find("PYTHON_JIT");
  if (found == interpreter.variables.end()) return std::nullopt;
  Command command = command_of(interpreter, {"-c", kAboutJit});
  command.timeout = std::chrono::seconds(60);
  const Outcome outcome = runner.run(command);
  const std::string answer = outcome.ok() ? last_line(outcome.output, 100) : "";
  if (answer == "no jit")
    return "PYTHON_JIT has no effect: the interpreter was built without the JIT compiler";
  if (answer == (found->second == "0" ? "jit on" : "jit off"))
    return fmt::format(
        "PYTHON_JIT={} has no effect: the interpreter says that its JIT compiler is "
        "{}",
        printable(found->second), answer.substr(answer.find(' ') + 1));
  return std::nullopt;
}

}  // namespace

std::vector<std::string> ineffective_notes(const Interpreter& interpreter, ProcessRunner& runner) {
  std::vector<std::string> notes;
  if (interpreter.implementation != "CPython") return notes;
  auto reasons = unknown_to_version(interpreter.variables, interpreter.minor);
  if (reasons.empty())
    if (auto why = idle_jit(interpreter, runner)) reasons.push_back(*std::move(why));
  for (const std::string& why : reasons)
    notes.push_back(fmt::format("{}: {}", printable(interpreter.name), why));
  return notes;
}

std::optional<std::string> why_ineffective(Interpreter& interpreter, ProcessRunner& runner) {
  if (interpreter.variables.empty()) return std::nullopt;
  try {
    Interpreter asked = interpreter;
    ask_interpreter(asked, runner);
    require_loader_takes(interpreter, runner);
    const auto notes = ineffective_notes(asked, runner);
    return notes.empty() ? std::nullopt : std::optional(notes.front());
  } catch (const UsageError& problem) {
    return problem.what();
  }
}

}  // namespace pytune
