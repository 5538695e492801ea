#include "interpreter/pip.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kTimeout{1};
constexpr std::size_t kLongestReason = 300;

fs::path bundle_of(const fs::path& source_tree) {
  return source_tree / "Lib" / "ensurepip" / "_bundled";
}

// pip runs straight out of its wheel: `python pip.whl/pip` (the trick ensurepip itself is built
// on).
std::vector<std::string> out_of_wheel(std::vector<std::string> python, const fs::path& wheel) {
  python.push_back((wheel / "pip").string());
  return python;
}

std::vector<std::string> own_pip(std::vector<std::string> python) {
  for (const char* word : {"-m", "pip"}) python.emplace_back(word);
  return python;
}

// Where the interpreter's ensurepip keeps its wheels; empty when it has none.
fs::path ensurepip_bundle(ProcessRunner& runner, const std::vector<std::string>& python) {
  Command command;
  command.argv = python;
  for (const char* word :
       {"-I", "-c", "import importlib.util as u; print(u.find_spec('ensurepip').origin)"})
    command.argv.emplace_back(word);
  command.timeout = kTimeout;
  const Outcome outcome = runner.run(command);
  const fs::path module = outcome.ok() ? last_line(outcome.output, 4096) : "";
  return module.is_absolute() ? module.parent_path() / "_bundled" : fs::path();
}

// The last line in which pip states an error, for of a build it is the last that names the package.
std::string stated_error(std::string_view output) {
  std::string found;
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (line.starts_with("ERROR: ")) found = printable(line.substr(7), kLongestReason);
  }
  return found;
}

}  // namespace

std::vector<fs::path> wheels_in(const fs::path& directory, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".whl" &&
        entry.path().filename().string().starts_with(prefix)) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> pip_command(const std::string& python, const fs::path& source_tree) {
  const std::vector<fs::path> bundled =
      source_tree.empty() ? std::vector<fs::path>() : wheels_in(bundle_of(source_tree), "pip-");
  return bundled.empty() ? own_pip({python}) : out_of_wheel({python}, bundled.back());
}

std::vector<std::string> find_pip(ProcessRunner& runner, const std::vector<std::string>& python,
                                  const fs::path& source_tree) {
  std::vector<std::vector<std::string>> candidates = {own_pip(python)};
  // In this order: what came with the interpreter suits it best.
  for (const fs::path& folder :
       {ensurepip_bundle(runner, python), source_tree.empty() ? fs::path() : bundle_of(source_tree),
        fs::path("/usr/share/python-wheels")}) {
    if (folder.empty()) continue;
    const auto wheels = wheels_in(folder, "pip-");
    if (!wheels.empty()) candidates.push_back(out_of_wheel(python, wheels.back()));
  }
  for (const auto& candidate : candidates) {
    Command command;
    command.argv = candidate;
    command.argv.emplace_back("--version");
    command.timeout = kTimeout;
    if (runner.run(command).ok()) return candidate;
  }
  throw Failure(
      fmt::format("{} has no pip: run {} -m ensurepip, or apt-get install python3-pip-whl",
                  python.back(), python.back()));
}

bool lost_connection(const Outcome& outcome) {
  return outcome.output.find("after connection broken by") != std::string::npos;
}

std::string pip_reason(const Outcome& outcome, bool offline) {
  if (!outcome.started || outcome.signal != 0 || outcome.timed_out)
    return printable("pip " + outcome.describe(), kLongestReason);
  std::string reason = stated_error(outcome.output);
  if (reason.empty())
    return printable(
        fmt::format("pip: {}: {}", outcome.describe(), last_line(outcome.output, kLongestReason)),
        kLongestReason);
  // Also what pip says when it could ask nobody.
  const bool not_found = reason.starts_with("No matching distribution");
  if (offline) return fmt::format("the package index cannot be reached (pip: {})", reason);
  return not_found ? fmt::format("no wheel for this interpreter (pip: {})", reason) : reason;
}

}  // namespace pytune
