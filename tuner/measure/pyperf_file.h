// Benchmark files that pyperf or pyperformance wrote, of whatever machine and time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "measure/sample.h"

namespace pytune {

struct PyperfBenchmark {
  std::string name;
  std::vector<std::vector<double>> runs;  // seconds per loop; one run is one process
  // The same in CPU time, which pyperf does not note; empty where not known.
  std::vector<std::vector<double>> cpu_runs = {};
};

// An arm of a measurement of ours can stand in as such a file, too: result/merged_results.h.
struct PyperfFile {
  std::string name;    // of the file
  std::string python;  // metadata, empty where pyperf did not note it: "3.11.2 (64-bit)"
  std::string hostname;
  std::string cpu_model;
  std::string platform;
  int cpus = 0;
  std::string suite_version;  // of pyperformance
  std::string emulated;       // how, where an emulator ran it: measure/emulation.h
  std::string measurement;    // of pytune: equal in files whose runs took turns; empty in others
  std::vector<PyperfBenchmark> benchmarks;
  std::vector<std::string> notes;  // what was left out, and why
};

// `text` is the file's content, of any version that pyperf itself reads (since 0.8.3). Throws
// UsageError that begins with `name` and says where it is damaged. Runs without values (pyperf's
// calibrations) are left out, and so are benchmarks of something else than time.
PyperfFile parse_pyperf_file(std::string_view text, const std::string& name);
// The same of a document that was parsed already.
PyperfFile read_pyperf_file(const nlohmann::json& document, const std::string& name);

// The files as arms, the first the baseline: run i of every file makes block i. Where the runs were
// not interleaved, that is a pairing by chance, which is as good as none: the comparison is right,
// but what the machine did in the meantime counts as the interpreters' difference. Benchmarks that
// not all files have are left out with a note; so are runs beyond the shortest file's. Throws
// UsageError when nothing is left.
Measurement measurement_of(std::vector<PyperfFile> files);

}  // namespace pytune
