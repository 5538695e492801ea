#include <fmt/format.h>

#include "cli/exporting.h"
#include "cli/kept_results.h"
#include "cli/verb.h"
#include "report/combined.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr const char* kCompareUsage = "compare RESULT... [OPTIONS]";

std::string again(const std::vector<std::string>& words, const std::string& store) {
  std::vector<std::string> argv = {"pytune", "compare"};
  argv.insert(argv.end(), words.begin(), words.end());
  if (!store.empty()) argv.insert(argv.end(), {"--store", store});
  return shell_quote(argv);
}

}  // namespace

po::options_description compare_options() {
  po::options_description options("options");
  options.add_options()(
      "result", po::value<std::vector<std::string>>()->value_name("RESULT"),
      "as words without dashes too: the id of a measurement or sweep in the store or its "
      "beginning, a file of `pytune measure --json`, a pyperf or pyperformance file; one of "
      "pytune's alone is shown again, of several the first has the baseline")(
      "json", "result as JSON on stdout")("no-color", "no colours; NO_COLOR does the same");
  add_export_options(options);
  add_store_option(options);
  return options;
}

int run_compare(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, compare_options(), kCompareUsage, {"result..."});
  if (!parsed) return 0;
  const auto words = parsed->contains("result") ? (*parsed)["result"].as<std::vector<std::string>>()
                                                : std::vector<std::string>();
  if (words.empty())
    throw UsageError(fmt::format("give a result; usage: pytune {}", kCompareUsage));
  const std::string store =
      parsed->contains("store") ? (*parsed)["store"].as<std::string>() : std::string();
  Exporting exporting(*parsed);
  KeptResults kept(store.empty() ? default_store() : std::filesystem::path(store));
  std::vector<NamedResult> results;
  results.reserve(words.size());
  for (const auto& word : words) results.push_back(kept.find(word));
  return exporting.finish(combined(results), again(words, store));
}

}  // namespace pytune
