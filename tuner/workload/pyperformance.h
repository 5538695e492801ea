// pyperformance's programs as a suite: its manifests, and the distribution it comes in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "workload/workload.h"

namespace pytune {

struct PyperformanceSuite {
  // Each with benchmark kEveryBenchmark: which ones a program holds, only running it tells.
  // `requirements` are those of its requirements.txt.
  std::vector<Workload> programs;
  std::vector<std::string> left_out;  // "2to3: brings packages that it installs itself"
};

// The programs of a manifest in pyperformance's format (doc/custom_benchmarks.rst of 1.14.0):
// "[benchmarks]" with the columns name and metafile ("<local>", "<local:OTHER>", a file, or a
// folder with a pyproject.toml), "[includes]" with further manifests ("<default>" stands for
// `defaults`, pyperformance's own), "[groups]" and "[group NAME]". `only` holds patterns of names
// and names of groups; without any, the group "default" is taken, which is all programs unless the
// manifest says otherwise. Scripts outside the manifest's directory and the metafile's are refused.
// Throws UsageError naming file and line.
PyperformanceSuite read_pyperformance_manifest(const std::filesystem::path& manifest,
                                               const std::filesystem::path& defaults,
                                               const std::vector<std::string>& only = {});

// Whether the file looks like such a manifest, and not like a suite of ours.
bool is_pyperformance_manifest(const std::string& text);

}  // namespace pytune
