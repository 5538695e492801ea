// Results for other programs: the formats of `--export`, one file each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "result/measure_result.h"

namespace pytune {

// What Codespeed asks for and no measurement knows. Empty: project is the interpreter's
// implementation, commit its version. `environment` must not be empty when results are made.
struct CodespeedNames {
  std::string project;
  std::string branch = "main";
  std::string commit;
  std::string environment;  // the machine; Codespeed refuses one that its administrator did not add
};

struct ExportedFile {
  std::string name;  // in the directory; empty where the format is a single file
  std::string text;
};

struct ExportFormat {
  std::string_view name;
  bool directory = false;  // it writes one file per interpreter
  bool seconds = false;    // it holds absolute times, which no other form of a result does
  std::string_view about;
  std::vector<ExportedFile> (*make)(const MeasureResult& result, const CodespeedNames& names);
};

const std::vector<ExportFormat>& export_formats();
// Throws UsageError with a suggestion.
const ExportFormat& export_format(const std::string& name);

// The files of one format. Throws Failure when the result holds nothing the format could say, and
// when it wants seconds and has something else.
std::vector<ExportedFile> exported(const ExportFormat& format, const MeasureResult& result,
                                   const CodespeedNames& names);

// RFC 4180 (lines end in LF, which all readers take): a row per interpreter and workload, and one
// for the geometric mean. `interval` says what an interval holds for: "simultaneous" over the
// interpreters, or the workload's "own". No figure: empty cells, and blocks 0.
std::string csv_of(const MeasureResult& result);

// GitHub's Markdown: the table of interpreters, one of workloads, what it was measured on,
// warnings.
std::string markdown_of(const MeasureResult& result);

// A picture: a dot and a line per interpreter on an axis of ratios; below, the workloads of the
// fastest. Needs no script, and says in words what it has colours for.
std::string svg_of(const MeasureResult& result);

// pyperf's files; `with_suite_metadata` adds what pyperformance notes: `performance_version`, equal
// in files that it should compare, and `tags`.
std::vector<ExportedFile> pyperf_files(const MeasureResult& result, bool with_suite_metadata);

// Codespeed's array for /result/add/json/ (codespeed/results.py, validate_result and save_result):
// one object per interpreter and workload, the copy left out. result_value is the mean over
// processes of their wall seconds per loop, std_dev between processes.
nlohmann::json codespeed_results(const MeasureResult& result, const CodespeedNames& names);

// What an interval by itself says: "faster", "slower" or "cannot tell".
std::string_view word_of(const Interval& speed);

}  // namespace pytune
