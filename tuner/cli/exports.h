// Where a result goes besides the console: the options, and what is done by them. `measure` and
// `compare` have them in common.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/codespeed.h"
#include "cli/options.h"
#include "report/export.h"

namespace pytune {

// Makes the directory that `option` names, where there is none. Throws UsageError when it cannot be
// written to: before anything is measured, for a quarter of an hour later would be a bad time.
void require_directory(const std::string& option, const std::filesystem::path& directory);

std::vector<OptionLine> export_options();

class Exports {
 public:
  // Checks formats, paths and addresses, before anything is measured: afterwards would be a bad
  // time to hear it. Directories are made, and nothing in them is touched. Throws UsageError.
  explicit Exports(const Options& options);

  // Prints the result (the summary, --json, or an export to "-"), then writes and sends every
  // export. `again` is a command that shows the same result; it is told when an export fails, which
  // neither keeps the others from being done nor loses the result. Returns the verb's exit status;
  // throws Failure when an export failed.
  int deliver(const MeasureResult& result, const std::string& again);

 private:
  struct Target {
    const ExportFormat* format;
    std::filesystem::path path;  // "-": stdout
  };
  void add_target(const std::string& option, const std::string& format, const std::string& path);
  void print(const MeasureResult& result) const;
  void write(const Target& target, const MeasureResult& result) const;
  // One export; its failure is kept with the `options` that do it again.
  void attempt(std::vector<std::string> options, bool to_codespeed, const MeasureResult& result,
               const std::function<void()>& step);

  const Options& options_;
  std::vector<Target> targets_;
  std::optional<CodespeedRequest> codespeed_;
  std::string again_;
  std::vector<std::string> failures_;
};

}  // namespace pytune
