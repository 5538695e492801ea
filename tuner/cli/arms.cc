#include "cli/arms.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Hard links would share the page cache with the original; what is executed and mapped gets bytes
// of its own.
void unshare(const fs::path& file) {
  const fs::path copy = file.string() + ".copy";
  copy_tree(file, copy);
  fs::rename(copy, file);
}

// What must be the same of a copy: version, library, packages. Empty where it does not run, or is
// in a venv.
std::string answer_of(ProcessRunner& runner, const fs::path& python) {
  Command command;
  command.argv = {python.string(), "-c",
                  "import sys, os; print(sys.version, os.__file__, "
                  "[p for p in sys.path if p.endswith('-packages')])"};
  command.timeout = std::chrono::seconds(20);
  const Outcome outcome = runner.run(command);
  return outcome.ok() ? outcome.output : "";
}

}  // namespace

fs::path executable_copy(Store& store, ProcessRunner& runner, const fs::path& python) {
  const fs::path original = fs::canonical(python);
  const fs::path home = original.parent_path();
  const bool in_venv = fs::exists(python.parent_path() / "pyvenv.cfg") ||
                       fs::exists(python.parent_path().parent_path() / "pyvenv.cfg");
  if (in_venv) return python;
  const nlohmann::json inputs = {{"executable", sha256_file(original)}, {"home", home.string()}};
  const Step step =
      store.produce({"again", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        fs::create_directories(staging / "bin");
        copy_tree(original, staging / "bin" / original.filename());
        write_file_atomic(
            staging / "pyvenv.cfg",
            fmt::format("home = {}\ninclude-system-site-packages = true\n", home.string()));
        return StepResult{true, {{"copy_of", original.string()}}};
      });
  const fs::path copy = step.directory / "bin" / original.filename();
  const std::string expected = answer_of(runner, original);
  return !expected.empty() && answer_of(runner, copy) == expected ? copy : python;
}

Arm copy_arm(Store& store, const Build& baseline) {
  const nlohmann::json inputs = {{"copy_of", baseline.id}, {"code", baseline.code_sha256}};
  // "again" has as many letters as "build": the two interpreters' paths have one length.
  const Step step =
      store.produce({"again", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        copy_tree(baseline.prefix, staging / "prefix", /*hard_link=*/true);
        for (const auto& entry : fs::recursive_directory_iterator(staging / "prefix")) {
          const bool mapped = entry.path().extension() == ".so" ||
                              entry.path().filename().string().find(".so.") != std::string::npos ||
                              entry.path().parent_path() == staging / "prefix" / "bin";
          if (mapped && entry.is_regular_file() && !entry.is_symlink()) unshare(entry.path());
        }
        return StepResult{true, {{"copy_of", baseline.id}}};
      });
  return {"copy", "baseline again (A/A)",
          (step.directory / "prefix" / fs::relative(baseline.python, baseline.prefix)).string(),
          Arm::Role::copy};
}

std::optional<Arm> system_arm(ProcessRunner& runner, const std::string& chosen,
                              std::string& description) {
  std::optional<fs::path> python =
      chosen.empty() ? find_program("/usr/bin/python3") : find_program(chosen);
  if (!python && chosen.empty()) python = find_program("python3");
  if (!python) {
    if (!chosen.empty())
      throw UsageError(fmt::format("--system-python: {}: not an executable file", chosen));
    return std::nullopt;
  }
  Command command;
  command.argv = {python->string(), "-I", "-c",
                  "import platform; print(platform.python_version())"};
  command.timeout = std::chrono::seconds(20);
  const Outcome outcome = runner.run(command);
  const std::string version = outcome.output.substr(0, outcome.output.find('\n'));
  if (!outcome.ok() || version.empty() || version.size() > 30) {
    if (!chosen.empty())
      throw UsageError(fmt::format("--system-python: {}: does not run as a Python interpreter ({})",
                                   chosen, outcome.describe()));
    return std::nullopt;
  }
  description = fmt::format("{} ({})", python->string(), version);
  return Arm{"system", description, python->string(), Arm::Role::reference};
}

std::vector<Arm> build_arms(const std::vector<Build>& builds, std::vector<std::string>& sentences) {
  std::vector<Arm> arms;
  std::map<std::string, std::string> by_code;
  for (const auto& build : builds) {
    if (!build.ok()) continue;
    const auto [known, fresh] = by_code.emplace(build.code_sha256, build.name);
    if (!fresh) {
      sentences.push_back(
          fmt::format("\"{}\" has exactly the code of \"{}\" and was not measured again",
                      build.name, known->second));
      continue;
    }
    arms.push_back({build.id, build.name, build.python.string(),
                    arms.empty() ? Arm::Role::baseline : Arm::Role::candidate});
  }
  return arms;
}

std::vector<std::string> identities_of(const MeasureResult& result) {
  std::vector<std::string> list;
  list.reserve(result.measurement.arms.size());
  for (const auto& arm : result.measurement.arms) {
    const auto one = std::find_if(result.interpreters.begin(), result.interpreters.end(),
                                  [&](const auto& i) { return i.arm == arm.id; });
    list.push_back(one == result.interpreters.end() ? result.interpreters.front().sha256
                                                    : one->sha256);
  }
  return list;
}

}  // namespace pytune
