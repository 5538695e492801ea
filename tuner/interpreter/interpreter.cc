#include "interpreter/interpreter.h"

#include <fmt/format.h>

#include "input/text.h"
#include "interpreter/root.h"
#include "spec/environment.h"
#include "toolchain/toolchain.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestText = 8192;
constexpr std::size_t kMostWords = 1000;

std::string inherited(const Environment& ours, const std::string& name,
                      const std::string& otherwise) {
  const auto found = ours.find(name);
  return found == ours.end() ? otherwise : found->second;
}

}  // namespace

bool is_loaders_variable(const std::string& name) {
  return name.starts_with("LD_") || name == "GLIBC_TUNABLES";
}

DEFINE_RECORD(Interpreter, no_check<Interpreter>,
              field("python", &Interpreter::python, NonemptyText{kLongestText}),
              optional_field("minor", &Interpreter::minor, Whole{0, 1000}),
              optional_field("python_path", &Interpreter::packages,
                             ListOf{kMostWords, NonemptyText{kLongestText}}),
              not_recorded(&Interpreter::dependencies),
              optional_field("root", &Interpreter::root, Text{kLongestText}),
              optional_field("variables", &Interpreter::variables),
              not_recorded(&Interpreter::machine), not_recorded(&Interpreter::compilers),
              not_recorded(&Interpreter::identity), not_recorded(&Interpreter::preloaded),
              not_recorded(&Interpreter::filler_bytes), not_recorded(&Interpreter::name),
              not_recorded(&Interpreter::implementation), not_recorded(&Interpreter::version),
              not_recorded(&Interpreter::compiler), not_recorded(&Interpreter::emulated),
              not_recorded(&Interpreter::self))

DEFINE_RECORD(SelfReport, no_check<SelfReport>,
              field("python_version", &SelfReport::version, Text{kLongestText}),
              field("executable", &SelfReport::executable, Text{kLongestText}),
              field("build", &SelfReport::build, Text{kLongestText}))

bool may_be_same(const SelfReport& one, const SelfReport& other) {
  const auto fits = [](const std::string& a, const std::string& b) {
    return a.empty() || b.empty() || a == b;
  };
  return fits(one.version, other.version) && fits(one.executable, other.executable) &&
         fits(one.build, other.build);
}

std::string description_of(const SelfReport& report) {
  const std::string version = printable(report.version.empty() ? report.build : report.version);
  return report.executable.empty() ? version
                                   : fmt::format("{} ({})", printable(report.executable), version);
}

Interpreter interpreter_of(const Build& build, const Target* target) {
  Interpreter interpreter{.python = build.python.string()};
  interpreter.compilers = unpacked_compilers_of(build);
  interpreter.identity = build.id;
  interpreter.variables = environment_of(build.configuration);
  interpreter.name = build.name;
  if (target != nullptr) {
    interpreter.machine = target->machine;
    interpreter.root = target->cross.sysroot.string();
  }
  return interpreter;
}

std::string unpacked_compilers_of(const Build& build) {
  if (!build.configuration.get<Compiler>().starts_with(kUnpacked) || build.tools.empty()) return "";
  return std::filesystem::path(build.tools.front().path).parent_path().string();
}

std::vector<std::string> words_before(const Interpreter& interpreter) {
  if (interpreter.machine)
    return emulator_words(interpreter.machine->emulator, emulation_of(interpreter));
  if (runs_by_own_loader(interpreter)) return loader_words(interpreter.root);
  return {};
}

Emulation emulation_of(const Interpreter& interpreter) {
  Emulation emulation = emulation_in(interpreter.machine.value(), interpreter.root);
  for (const auto& [name, value] : interpreter.variables)
    if (is_loaders_variable(name)) emulation.loader_environment[name] = value;
  return emulation;
}

bool runs_by_own_loader(const Interpreter& interpreter) {
  return !interpreter.machine && !interpreter.root.empty();
}

Environment plain_environment() {
  const Environment ours = current_environment();
  return {{"PATH", inherited(ours, "PATH", "/usr/local/bin:/usr/bin:/bin")},
          {"HOME", inherited(ours, "HOME", "/")},
          {"LANG", "C.UTF-8"},
          {"PYTHONDONTWRITEBYTECODE", "1"},
          {"PYTHONNOUSERSITE", "1"}};
}

Command command_of(const Interpreter& interpreter, const std::vector<std::string>& arguments) {
  Command command;
  command.argv = words_before(interpreter);
  command.argv.push_back(interpreter.python);
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  Environment environment = plain_environment();
  for (const auto& [name, value] : direct_variables(interpreter)) environment[name] = value;
  command.environment = std::move(environment);
  command.cwd = kWorkersDirectory;
  return command;
}

Environment direct_variables(const Interpreter& interpreter) {
  Environment direct = interpreter.variables;
  if (interpreter.machine)
    std::erase_if(direct, [](const auto& variable) { return is_loaders_variable(variable.first); });
  return direct;
}

Environment variables_to_start(const Interpreter& interpreter) {
  Environment needed;
  for (const char* name : {"PYTHONHOME", "PYTHONPLATLIBDIR", "LD_LIBRARY_PATH"})
    if (const auto found = interpreter.variables.find(name); found != interpreter.variables.end())
      needed.insert(*found);
  return needed;
}

nlohmann::json surroundings_key(const Interpreter& interpreter) {
  if (interpreter.variables.empty()) return nullptr;
  return {{"variables", interpreter.variables}, {"preloaded", interpreter.preloaded}};
}

std::string label_of(const Interpreter& interpreter) {
  return fmt::format("{} ({} {}{})", printable(interpreter.name), interpreter.implementation,
                     interpreter.version, interpreter.emulated.empty() ? "" : ", emulated");
}

}  // namespace pytune
