// `pytune inspect`: how interpreters were built, read off their files.
#include <fmt/format.h>

#include <iostream>

#include "campaign/find_interpreter.h"
#include "cli/console_style.h"
#include "cli/verb.h"
#include "input/json.h"
#include "report/inspection.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr const char* kInspectUsage = "inspect PYTHON... [OPTIONS]";

int run_inspect(const Options& options) {
  const auto words = options.texts("python");
  if (words.empty())
    throw UsageError(fmt::format("give an interpreter; usage: pytune {}", kInspectUsage));
  ConsoleStyle style = console_style(options);
  style.width = static_cast<int>(options.number("width", 40, 10'000, style.width));
  Store store(options.store());
  SystemRunner runner;
  std::vector<Inspection> inspections;
  for (const auto& word : words) {
    const Interpreter found = locate_interpreter(word, store, runner);
    inspections.push_back(inspect_interpreter(found.python, word));
    inspections.back().name = found.name;
  }
  if (options.given("json"))
    std::cout << dump_json(inspections_json(inspections), 2) << "\n";
  else
    print_inspections(std::cout, inspections, style);
  return 0;
}

}  // namespace

Verb inspect_verb() {
  return {
      "inspect",
      "show how interpreters were built, without running them",
      kInspectUsage,
      {"python..."},
      {{"python", "PYTHON...",
        "Paths, programs on PATH, builds in the store, or debian:13-arm64 for a release's own."},
       {"json", nullptr,
        "Print everything as JSON on standard output, with more than the table has."},
       no_color_option(),
       {"width", "COLUMNS",
        "Columns of the table, 40 to 10000. Default: the terminal's, else 100."},
       store_option()},
      run_inspect,
      Verb::OnStop::end};
}

}  // namespace pytune
