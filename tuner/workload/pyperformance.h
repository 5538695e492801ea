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

// The programs of a manifest in pyperformance's format: a table "[benchmarks]" with the columns
// name and metafile ("<local>", "<local:OTHER>", or a path), and "[includes]" with further
// manifests; "<default>" stands for `defaults`, pyperformance's own. Groups are read over. A
// metafile is a pyproject.toml with an optional table tool.pyperformance (runscript, extra_opts);
// what it lacks is taken from the pyproject.toml beside it. Scripts outside the manifest's
// directory are refused. Throws UsageError naming file and line.
PyperformanceSuite read_pyperformance_manifest(const std::filesystem::path& manifest,
                                               const std::filesystem::path& defaults);

// Whether the file looks like such a manifest, and not like a suite of ours.
bool is_pyperformance_manifest(const std::string& text);

}  // namespace pytune
