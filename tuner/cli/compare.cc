#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cli/console_style.h"
#include "cli/verb.h"
#include "measure/pyperf_file.h"
#include "report/measure_result.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUsage = "compare FILE FILE... [OPTIONS]";
constexpr std::uintmax_t kLargestFile = 256U << 20U;  // pyperformance's are about 10 MB

PyperfFile read_pyperf_file(const std::string& name) {
  std::error_code error;
  if (fs::is_directory(name, error))
    throw UsageError(fmt::format("{}: is a directory; give the files in it", name));
  if (!fs::is_regular_file(name, error)) throw UsageError(fmt::format("{}: no such file", name));
  if (fs::file_size(name, error) > kLargestFile)
    throw UsageError(fmt::format("{}: larger than any pyperf file", name));
  return parse_pyperf_file(read_file(name), name);
}

void warn_where_the_files_differ(const std::vector<PyperfFile>& files,
                                 std::vector<std::string>& notes) {
  const bool took_turns = std::all_of(files.begin(), files.end(), [&](const PyperfFile& file) {
    return !file.measurement.empty() && file.measurement == files.front().measurement;
  });
  if (!took_turns)
    notes.emplace_back(
        "these were measured one after the other: what the machine did in the meantime counts as "
        "their difference, and there is no identical copy to show how much that is; pytune measure "
        "interleaves them");
  for (const auto& file : files) {
    const PyperfFile& first = files.front();
    const bool other_cpu =
        !file.cpu_model.empty() && !first.cpu_model.empty() && file.cpu_model != first.cpu_model;
    const bool other_host =
        !file.hostname.empty() && !first.hostname.empty() && file.hostname != first.hostname;
    if (other_cpu || other_host)
      notes.push_back(fmt::format(
          "{} was measured on another machine than {} ({} {} instead of {} {}): the difference may "
          "be the machines'; measure both on one",
          file.name, first.name, file.hostname, file.cpu_model, first.hostname, first.cpu_model));
  }
}

}  // namespace

po::options_description compare_options() {
  po::options_description options("options");
  options.add_options()("file", po::value<std::vector<std::string>>()->value_name("FILE"),
                        "pyperf or pyperformance files, as words without dashes too; the first is "
                        "the baseline")("json", "result as JSON on stdout")(
      "no-color", "no colours; NO_COLOR does the same");
  return options;
}

int run_compare(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, compare_options(), kUsage, {"file..."});
  if (!parsed) return 0;
  const auto names = parsed->contains("file") ? (*parsed)["file"].as<std::vector<std::string>>()
                                              : std::vector<std::string>();
  if (names.size() < 2)
    throw UsageError(fmt::format("give two files or more; usage: pytune {}", kUsage));
  std::vector<PyperfFile> files;
  files.reserve(names.size());
  for (const auto& name : names) files.push_back(read_pyperf_file(name));

  MeasureResult result;
  const PyperfFile& first = files.front();
  result.host.cpu_model =
      first.cpu_model.empty() ? "a machine the file does not name" : first.cpu_model;
  result.host.os = first.platform.empty() ? "unknown system" : first.platform;
  result.host.cpus = first.cpus;
  result.measurement = measurement_of(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    MeasuredInterpreter interpreter;
    interpreter.arm = result.measurement.arms[i].id;
    interpreter.name = files[i].name;
    interpreter.implementation = "Python";
    interpreter.version = files[i].python.empty()
                              ? "of unknown version"
                              : files[i].python.substr(0, files[i].python.find(' '));
    interpreter.python = files[i].name;
    result.interpreters.push_back(interpreter);
  }
  warn_where_the_files_differ(files, result.measurement.notes);
  ComparisonSettings settings;
  settings.by_others = true;
  result.comparison = compare(result.measurement, "race", settings);
  if (parsed->contains("json"))
    std::cout << nlohmann::json(result).dump(1) << std::endl;
  else
    print_measure(std::cout, result, console_style(*parsed));
  return measure_exit_status(result);
}

}  // namespace pytune
