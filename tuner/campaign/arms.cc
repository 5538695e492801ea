#include "campaign/arms.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "campaign/find_interpreter.h"
#include "input/text.h"
#include "spec/environment.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kCopyLabel = "baseline again (A/A)";
// As many letters as the kind of builds: the two interpreters' paths have one length.
constexpr const char* kCopyStep = "again";

// Hard links would share the page cache with the original; what is executed and mapped gets bytes
// of its own.
void unshare(const fs::path& file) {
  const fs::path copy = file.string() + ".copy";
  copy_tree(file, copy);
  fs::rename(copy, file);
}

struct CopyAnswer {
  std::string same;        // version, library, packages: empty where it does not run
  std::string executable;  // as a SelfReport has it
};
CopyAnswer answer_of(ProcessRunner& runner, Interpreter interpreter, const fs::path& python) {
  interpreter.python = python.string();
  constexpr const char* kQuestion =
      "print(sys.version, os.__file__, [p for p in sys.path if p.endswith('-packages')], "
      "own_program(), sep='\\0')";
  Command command = command_of(interpreter, {"-c", std::string(kOwnProgram) + kQuestion});
  command.timeout = std::chrono::seconds(20);
  const Outcome outcome = runner.run(command);
  const auto last = outcome.output.rfind('\0');
  if (!outcome.ok() || last == std::string::npos) return {};
  return {outcome.output.substr(0, last), std::string(trim(outcome.output.substr(last + 1)))};
}

// The interpreter by a copy of its executable; itself where it is in a venv or the copy does not
// answer as it does.
Interpreter executable_copy(Store& store, ProcessRunner& runner, const Interpreter& interpreter) {
  const fs::path python = interpreter.python;
  const fs::path original = fs::canonical(python);
  const fs::path home = original.parent_path();
  const bool in_venv = fs::exists(python.parent_path() / "pyvenv.cfg") ||
                       fs::exists(python.parent_path().parent_path() / "pyvenv.cfg");
  // A copy of a launcher starts the same interpreter.
  const std::string& runs = interpreter.self.executable;
  if (in_venv || (!runs.empty() && runs != original)) return interpreter;
  const nlohmann::json inputs = {{"executable", sha256_file(original)}, {"home", home.string()}};
  const Step step =
      store.produce({kCopyStep, step_key(inputs)}, inputs, [&](const fs::path& staging) {
        fs::create_directories(staging / "bin");
        copy_tree(original, staging / "bin" / original.filename());
        write_file_atomic(
            staging / "pyvenv.cfg",
            fmt::format("home = {}\ninclude-system-site-packages = true\n", home.string()));
        return StepResult{true, {{"copy_of", original.string()}}};
      });
  const fs::path copy = step.directory / "bin" / original.filename();
  const CopyAnswer expected = answer_of(runner, interpreter, original);
  const CopyAnswer answer = answer_of(runner, interpreter, copy);
  if (expected.same.empty() || answer.same != expected.same) return interpreter;
  Interpreter copied = interpreter;
  copied.python = copy.string();
  copied.self.executable = answer.executable;
  return copied;
}

// "python3-" of "/usr/bin/python3": ids are seen in warnings and are names of files.
std::string readable_id(const std::string& name) {
  std::string id;
  for (const char c : fs::path(name).filename().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (plain && (!id.empty() || (c != '.' && c != '-' && c != '_'))) id += c;
  }
  return id.empty() ? "" : id.substr(0, 40) + "-";
}

// Above the stack: the text of each variable and a pointer to it.
int environment_bytes(const Interpreter& interpreter) {
  Environment environment = plain_environment();
  environment["PYTHONPATH"];
  for (const auto& [name, value] : direct_variables(interpreter)) environment[name] = value;
  std::size_t bytes = environment["PYTHONPATH"].empty() ? 0 : 1;  // a colon behind pytune's own
  for (const auto& [name, value] : environment)
    bytes += name.size() + value.size() + 2 + sizeof(char*);
  return static_cast<int>(bytes);
}

}  // namespace

Arm arm_of_build(const Build& build, const Target* target, Arm::Role role) {
  Arm arm{build.id, build.name, interpreter_of(build, target), role};
  arm.interpreter.identity.clear();  // its path says it
  return arm;
}

fs::path native_python(const Build& build) {
  if (!build.target) return build.python;
  const std::string name = build.python.filename();
  return build.target->native / "bin" /
         name.substr(0, name.size() - build.configuration.abi_flags().size());
}

Arm copy_of_build(Store& store, const Build& baseline, const Target* target) {
  const nlohmann::json inputs = {{"copy_of", baseline.id}, {"code", baseline.code_sha256}};
  const Step step =
      store.produce({kCopyStep, step_key(inputs)}, inputs, [&](const fs::path& staging) {
        copy_tree(baseline.prefix, staging / "prefix", /*hard_link=*/true);
        for (const auto& entry : fs::recursive_directory_iterator(staging / "prefix")) {
          const bool mapped = entry.path().extension() == ".so" ||
                              entry.path().filename().string().find(".so.") != std::string::npos ||
                              entry.path().parent_path() == staging / "prefix" / "bin";
          if (mapped && entry.is_regular_file() && !entry.is_symlink()) unshare(entry.path());
        }
        return StepResult{true, {{"copy_of", baseline.id}}};
      });
  Arm arm = arm_of_build(baseline, target, Arm::Role::copy);
  arm.id = kCopyArm;
  arm.label = kCopyLabel;
  arm.interpreter.python =
      (step.directory / "prefix" / fs::relative(baseline.python, baseline.prefix)).string();
  return arm;
}

Arm copy_of_interpreter(Store& store, ProcessRunner& runner, const Interpreter& baseline) {
  Arm arm{kCopyArm, kCopyLabel, baseline, Arm::Role::copy};
  // Counts do not depend on where a file lies.
  if (!baseline.machine) arm.interpreter = executable_copy(store, runner, baseline);
  return arm;
}

std::optional<Arm> system_arm(ProcessRunner& runner, const std::string& chosen) {
  std::optional<fs::path> python =
      chosen.empty() ? find_program("/usr/bin/python3") : find_program(chosen);
  if (!python && chosen.empty()) python = find_program("python3");
  if (!python) {
    if (!chosen.empty())
      throw UsageError(fmt::format("--system-python: {}: not an executable file", chosen));
    return std::nullopt;
  }
  Arm arm{kSystemArm, "", Interpreter{.python = python->string()}, Arm::Role::reference};
  arm.interpreter.name = python->string();
  try {
    ask_interpreter(arm.interpreter, runner);
  } catch (const UsageError& problem) {
    if (chosen.empty()) return std::nullopt;
    throw UsageError(fmt::format("--system-python: {}", problem.what()));
  }
  arm.label = fmt::format("{} ({})", printable(python->string()), arm.interpreter.version);
  arm.interpreter.identity = arm.label;
  return arm;
}

void even_out_environments(std::vector<Arm>& arms) {
  int most = 0;
  for (const Arm& arm : arms) most = std::max(most, environment_bytes(arm.interpreter));
  for (Arm& arm : arms) arm.interpreter.filler_bytes = most - environment_bytes(arm.interpreter);
}

std::vector<Arm> arms_of_builds(const std::vector<Build>& builds, const Target* target,
                                std::vector<std::string>& sentences) {
  std::vector<Arm> arms;
  std::map<std::pair<std::string, Environment>, std::string> by_code;
  std::map<std::string, const Build*> files;
  for (const auto& build : builds) {
    if (!build.ok()) continue;
    const auto [known, fresh] = by_code.emplace(
        std::pair(build.code_sha256, environment_of(build.configuration)), build.name);
    if (!fresh) {
      sentences.push_back(
          fmt::format("\"{}\" has exactly the code of \"{}\" and was not measured again",
                      build.name, known->second));
      continue;
    }
    arms.push_back(
        arm_of_build(build, target, arms.empty() ? Arm::Role::baseline : Arm::Role::candidate));
    // Builds that differ in their variables alone are one file, and have its packages.
    const Build& first = *files.emplace(build.code_sha256, &build).first->second;
    if (first.configure_arguments == build.configure_arguments &&
        first.make_variables == build.make_variables)
      arms.back().interpreter.python = first.python.string();
  }
  return arms;
}

std::vector<Arm> arms_of_interpreters(Store& store, ProcessRunner& runner,
                                      const std::vector<Interpreter>& interpreters) {
  std::vector<Arm> arms;
  for (Interpreter one : interpreters) {
    nlohmann::json inputs = {one.python, one.identity, one.version};
    if (auto surroundings = surroundings_key(one); !surroundings.is_null())
      inputs.push_back(std::move(surroundings));
    const std::string id = readable_id(one.name) + step_key(inputs).substr(0, 8);
    const auto same =
        std::find_if(arms.begin(), arms.end(), [&](const Arm& other) { return other.id == id; });
    if (same != arms.end())
      throw UsageError(
          fmt::format("{}: is {} again; a copy of the first interpreter is measured in any case, "
                      "to know the noise",
                      one.name, same->interpreter.name));
    arms.push_back({id, label_of(one), std::move(one),
                    arms.empty() ? Arm::Role::baseline : Arm::Role::candidate});
  }
  arms.insert(arms.begin() + 1,
              copy_of_interpreter(store, runner, Interpreter(arms.front().interpreter)));
  even_out_environments(arms);
  return arms;
}

}  // namespace pytune
