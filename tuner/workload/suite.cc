#include "workload/suite.h"

#include <fmt/format.h>

#include <set>

#include "input/json.h"
#include "input/small_file.h"
#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSuiteWorkloads = 10'000;
constexpr std::size_t kMostSuiteWords = 100;
constexpr std::size_t kLongestSuiteText = 4096;

// A file's real path. A suite is a directory that can be copied whole, so nothing in it may
// point out of it, be it by
// "..", an absolute path, or a symbolic link.
std::string resolve_file(const JsonView& value, const fs::path& directory,
                         bool or_directory = false) {
  const std::string file = value.nonempty_text(kLongestSuiteText);
  const std::string shown = printable(file, 200);
  std::error_code error;
  const fs::path path = fs::canonical(directory / file, error);
  const bool usable =
      fs::is_regular_file(path, error) || (or_directory && fs::is_directory(path, error));
  if (error || !usable) {
    value.fail(fmt::format("no such file \"{}\"", shown));
  }
  const fs::path relative = path.lexically_relative(directory);
  if (fs::path(file).is_absolute() || relative.empty() || *relative.begin() == "..") {
    value.fail(fmt::format("\"{}\" is not inside the directory of the suite", shown));
  }
  return path.string();
}

// A program, then what it works on.
std::vector<std::string> read_files(const JsonView& value, const fs::path& directory) {
  std::vector<std::string> files;
  for (const JsonView& file : value.elements(kMostSuiteWords))
    files.push_back(resolve_file(file, directory, /*or_directory=*/!files.empty()));
  return files;
}

// Those that the manager sets itself are the same for all suites.
std::map<std::string, std::string> read_variables(const JsonView& value) {
  value.has("");  // throws unless it is an object
  std::map<std::string, std::string> variables;
  for (const auto& [name, ignored] : value.value().items()) {
    const bool plain = !name.empty() && name.find('=') == std::string::npos &&
                       name.find('\0') == std::string::npos;
    if (!plain || name.starts_with("PYTHON") || name.starts_with("PYTUNE_"))
      value.fail(fmt::format("\"{}\" cannot be set by a suite", printable(name, 60)));
    variables[name] = value.at(name).text(kLongestSuiteText);
  }
  return variables;
}

// A version that is left open would be another workload on another day. What begins with a dash is
// an option of pip.
std::vector<std::string> read_requirements(const JsonView& value) {
  std::vector<std::string> lines = value.words("requirements", kMostSuiteWords, kLongestSuiteText);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with('-') || lines[i].find("==") == std::string::npos)
      value.at("requirements")
          .elements(kMostSuiteWords)[i]
          .fail(fmt::format("\"{}\" names no package and version: NAME==VERSION",
                            printable(lines[i], 100)));
  }
  return lines;
}

std::map<std::string, std::string> read_needs(const JsonView& value) {
  value.has("");  // throws unless it is an object
  std::map<std::string, std::string> needs;
  for (const auto& [path, ignored] : value.value().items()) {
    if (!fs::path(path).is_absolute() || path.find('\0') != std::string::npos)
      value.fail(fmt::format("\"{}\" is not an absolute path", printable(path, 200)));
    needs[path] = value.at(path).nonempty_text(kLongestSuiteText);
  }
  return needs;
}

Workload read_workload(const JsonView& value, const fs::path& directory) {
  value.only_keys({"name", "script", "kind", "about", "benchmark", "arguments", "environment",
                   "requirements", "build", "needs", "clock"});
  Workload workload;
  workload.name = value.at("name").name(100);
  workload.script = resolve_file(value.at("script"), directory);
  workload.kind = value.at("kind").one_of({"pure-python", "numeric"});
  value.at("about").nonempty_text(kLongestSuiteText);
  if (value.has("benchmark")) workload.benchmark = value.at("benchmark").nonempty_text(200);
  workload.arguments = value.words("arguments", kMostSuiteWords, kLongestSuiteText);
  workload.requirements = read_requirements(value);
  if (value.has("build")) workload.build = read_files(value.at("build"), directory);
  if (value.has("needs")) workload.needs = read_needs(value.at("needs"));
  if (value.has("clock")) {
    value.at("clock").one_of({name_of(Clock::wall)});
    workload.clock = Clock::wall;
  }
  if (value.has("environment")) workload.environment = read_variables(value.at("environment"));
  return workload;
}

std::vector<Workload> read_manifest(const std::string& text, const fs::path& directory) {
  const nlohmann::json document = parse_json(text);
  const JsonView root(document);
  root.only_keys({"schema", "name", "workloads"});
  root.at("schema").integer(1, 1);
  root.at("name").name(100);
  std::vector<Workload> workloads;
  std::set<std::string> names;
  for (const JsonView& value : root.at("workloads").elements(kMostSuiteWorkloads)) {
    workloads.push_back(read_workload(value, directory));
    if (!names.insert(workloads.back().name).second) {
      value.at("name").fail(fmt::format("\"{}\" a second time", workloads.back().name));
    }
  }
  if (workloads.empty()) {
    root.at("workloads").fail("empty: name at least one workload");
  }
  return workloads;
}

}  // namespace

std::vector<Workload> load_suite(const fs::path& manifest) {
  std::error_code error;
  const fs::path real = fs::canonical(manifest, error);
  if (error || !fs::is_regular_file(real, error)) {
    throw UsageError(absence_of(manifest) + "; a suite is a JSON file that lists workloads");
  }
  try {
    return read_manifest(read_small_file(real), real.parent_path());
  } catch (const UsageError& problem) {
    throw UsageError(fmt::format("{}: {}", manifest.string(), problem.what()));
  }
}

}  // namespace pytune
