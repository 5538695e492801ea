#include "report/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/json.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "report/text.h"
#include "sys/error.h"

namespace pytune {

const std::vector<ExportFormat>& export_formats() {
  using Files = std::vector<ExportedFile>;
  static const std::vector<ExportFormat> table = {
      {"csv", false, false, "ratios, a row per interpreter and workload",
       [](const MeasureResult& result, const CodespeedNames&) {
         return Files{{"", csv_of(result)}};
       }},
      {"markdown", false, false, "tables for a pull request",
       [](const MeasureResult& result, const CodespeedNames&) {
         return Files{{"", markdown_of(result)}};
       }},
      {"svg", false, false, "a picture of ratios and intervals",
       [](const MeasureResult& result, const CodespeedNames&) {
         return Files{{"", svg_of(result)}};
       }},
      {"pyperf", true, true, "files for `pyperf compare_to`",
       [](const MeasureResult& result, const CodespeedNames&) {
         return pyperf_files(result, false);
       }},
      {"pyperformance", true, true, "files for `pyperformance compare`",
       [](const MeasureResult& result, const CodespeedNames&) {
         return pyperf_files(result, true);
       }},
      {"codespeed", false, true, "what --codespeed would send",
       [](const MeasureResult& result, const CodespeedNames& names) {
         return Files{{"", dump_json(codespeed_results(result, names), 1) + "\n"}};
       }}};
  return table;
}

const ExportFormat& export_format(const std::string& name) {
  std::vector<std::string> names;
  for (const ExportFormat& format : export_formats()) {
    if (format.name == name) return format;
    names.emplace_back(format.name);
  }
  throw UsageError(
      fmt::format("--export: unknown format \"{}\"{}", printable(name), suggestion(name, names)));
}

std::vector<ExportedFile> exported(const ExportFormat& format, const MeasureResult& result,
                                   const CodespeedNames& names) {
  if (format.seconds && evidence_of(result) != Evidence::measured)
    throw Failure(fmt::format("{} files hold seconds, and these figures are {}: export csv instead",
                              format.name, name_of(evidence_of(result))));
  return format.make(result, names);
}

std::string_view word_of(const Interval& speed) {
  if (speed.low > 1) return name_of(Verdict::faster);
  return name_of(speed.high < 1 ? Verdict::slower : Verdict::cannot_tell);
}

}  // namespace pytune
