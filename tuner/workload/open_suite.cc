#include "workload/open_suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>

#include "input/small_file.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "spec/configuration.h"
#include "sys/error.h"
#include "workload/pyperformance.h"
#include "workload/suite.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPyperformance = "pyperformance";
constexpr const char* kPyperformanceAll = "pyperformance-all";
constexpr int kPyperformanceBenchmarks = 93;  // of 1.14.0, without third-party packages
// Its programs decide how long a value takes: 2,046 processes of a sweep of 3.14 took 37 minutes.
constexpr double kPyperformanceSeconds = 1.1;

bool is_pyperformance(const std::string& word) {
  return word == kPyperformance || word == kPyperformanceAll;
}

bool is_path(const std::string& word) {
  return word.find('/') != std::string::npos || word.ends_with(".json") || word.ends_with(".py");
}

// A suite lies where what it is made of lies.
std::vector<fs::path> folders(const fs::path& home) {
  return {home / "profiles" / "workloads", home / "ext"};
}

fs::path named_suite(const fs::path& home, const std::string& word) {
  std::vector<std::string> known = {kPyperformance, kPyperformanceAll};
  for (const fs::path& folder : folders(home)) {
    fs::path file = folder / (word + ".json");
    if (fs::exists(file)) return file;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
      if (entry.path().extension() == ".json") known.push_back(entry.path().stem());
    }
  }
  std::sort(known.begin(), known.end());
  std::error_code none;
  throw UsageError(fmt::format(
      "unknown suite \"{}\"{}{}", printable(word, 200), suggestion(word, known),
      fs::exists(word, none) ? fmt::format("; the file of this name is ./{}", word) : ""));
}

Suite script_suite(const fs::path& script) {
  std::error_code error;
  const fs::path real = fs::canonical(script, error);
  if (error || !fs::is_regular_file(real, error))
    throw UsageError(absence_of(script) +
                     "; a suite is a pyperf script, a JSON file that lists workloads, or a "
                     "manifest of pyperformance's kind");
  Workload program;
  program.name = real.stem().string();
  program.script = real.string();
  program.kind = "pure-python";
  program.benchmark = kEveryBenchmark;
  return {{program}, {}};
}

// Without `third_party`, only the programs that need no package but pyperf.
Suite pyperformance_suite(PyperformanceSuite found, bool third_party) {
  Suite suite;
  suite.notes = std::move(found.left_out);
  std::size_t needy = 0;
  for (Workload& program : found.programs) {
    if (!third_party && !program.requirements.empty())
      ++needy;
    else
      suite.workloads.push_back(std::move(program));
  }
  if (needy > 0)
    suite.notes.push_back(
        fmt::format("{} programs need packages of others and are left out; --suite {} has them",
                    needy, kPyperformanceAll));
  return suite;
}

void keep_only(Suite& suite, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return;
  std::vector<std::string> names;
  names.reserve(suite.workloads.size());
  for (const Workload& workload : suite.workloads) names.push_back(workload.name);
  const auto matches = [](const std::string& pattern, const std::string& name) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  };
  for (const auto& pattern : patterns) {
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& name) { return matches(pattern, name); }))
      throw UsageError(fmt::format("--workloads: the suite has no \"{}\"{}", pattern,
                                   suggestion(pattern, names)));
  }
  std::erase_if(suite.workloads, [&](const Workload& workload) {
    return std::none_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      return matches(pattern, workload.name);
    });
  });
}

Suite file_suite(const fs::path& file, const std::vector<std::string>& only,
                 const std::function<fs::path()>& get_pyperformance) {
  Suite suite;
  std::error_code error;
  if (file.extension() != ".py" && fs::is_regular_file(file, error)) {
    const std::string text = read_small_file(file);
    if (is_pyperformance_manifest(text)) {
      const bool includes = text.find("<default>") != std::string::npos;
      const fs::path defaults =
          includes ? get_pyperformance() / "data-files" / "benchmarks" / "MANIFEST" : fs::path();
      return pyperformance_suite(read_pyperformance_manifest(file, defaults, only), true);
    }
  }
  suite = file.extension() == ".py" ? script_suite(file) : Suite{load_suite(file), {}};
  keep_only(suite, only);
  return suite;
}

}  // namespace

Suite open_suite(const fs::path& home, const std::string& word,
                 const std::vector<std::string>& only,
                 const std::function<fs::path()>& get_pyperformance) {
  Suite suite;
  if (is_pyperformance(word)) {
    const fs::path manifest = get_pyperformance() / "data-files" / "benchmarks" / "MANIFEST";
    suite = pyperformance_suite(read_pyperformance_manifest(manifest, {}, only),
                                word == kPyperformanceAll);
    if (suite.workloads.empty())
      throw UsageError(
          fmt::format("--workloads: what was asked for needs packages of others; "
                      "--suite {} has it",
                      kPyperformanceAll));
  } else {
    suite = file_suite(is_path(word) ? fs::path(word) : named_suite(home, word), only,
                       get_pyperformance);
  }
  if (!only.empty()) suite.notes.clear();  // of what was not asked for
  return suite;
}

ExpectedSuite expected_suite(const fs::path& home, const std::string& word) {
  const ExpectedSuite pyperformance{kPyperformanceBenchmarks, kPyperformanceSeconds};
  if (is_pyperformance(word)) return pyperformance;
  const fs::path file = is_path(word) ? fs::path(word) : named_suite(home, word);
  std::error_code error;
  const bool manifest =
      fs::is_regular_file(file, error) && is_pyperformance_manifest(read_small_file(file));
  if (manifest) return pyperformance;
  return {static_cast<int>(file_suite(file, {}, {}).workloads.size())};
}

}  // namespace pytune
