#include "campaign/ineffective_variables.h"

#include <fmt/format.h>

#include <array>

#include "input/text.h"

namespace pytune {
namespace {

struct Since {
  const char* name;
  int minor;
};
// Of https://docs.python.org/3/using/cmdline.html#environment-variables
constexpr std::array kSince = {
    Since{"PYTHONNODEBUGRANGES", 11},
    Since{"PYTHONSAFEPATH", 11},
    Since{"PYTHONPERFSUPPORT", 12},
    Since{"PYTHON_CPU_COUNT", 13},
    Since{"PYTHON_FROZEN_MODULES", 13},
    Since{"PYTHON_GIL", 13},
    Since{"PYTHON_JIT", 13},
    Since{"PYTHON_PERF_JIT_SUPPORT", 13},
    Since{"PYTHON_CONTEXT_AWARE_WARNINGS", 14},
    Since{"PYTHON_DISABLE_REMOTE_DEBUG", 14},
    Since{"PYTHON_THREAD_INHERIT_CONTEXT", 14},
    Since{"PYTHON_TLBC", 14},
    Since{"PYTHON_LAZY_IMPORTS", 15},
};

// sys._jit is there since 3.14.
constexpr const char* kHasJit = R"(
import sys, sysconfig
jit = getattr(sys, "_jit", None)
there = jit.is_available() if jit else "enable-experimental-jit" in str(sysconfig.get_config_var("CONFIG_ARGS"))
print("jit" if there else "no jit")
)";

bool lacks_jit(const Interpreter& interpreter, ProcessRunner& runner) {
  Command command = command_of(interpreter, {"-c", kHasJit});
  command.timeout = std::chrono::seconds(60);
  const Outcome outcome = runner.run(command);
  return outcome.ok() && last_line(outcome.output, 100) == "no jit";
}

}  // namespace

std::vector<std::string> ineffective_notes(const Interpreter& interpreter, ProcessRunner& runner) {
  std::vector<std::string> notes;
  if (interpreter.implementation != "CPython") return notes;
  const auto tell = [&](const std::string& name, const std::string& why) {
    notes.push_back(
        fmt::format("{}: {} has no effect: {}", printable(interpreter.name), name, why));
  };
  for (const auto& [name, minor] : kSince) {
    if (!interpreter.variables.contains(name)) continue;
    if (interpreter.minor < minor)
      tell(name, fmt::format("CPython {} does not know it, 3.{} is the first that does",
                             interpreter.version, minor));
    else if (std::string_view(name) == "PYTHON_JIT" && lacks_jit(interpreter, runner))
      tell(name, "the interpreter was built without the JIT compiler");
  }
  return notes;
}

}  // namespace pytune
