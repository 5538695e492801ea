// `pytune compare`: show a result again, or several as one.
#include <fmt/format.h>

#include <utility>

#include "campaign/kept_results.h"
#include "cli/exports.h"
#include "cli/verb.h"
#include "result/merged_results.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr const char* kCompareUsage = "compare RESULT... [OPTIONS]";

std::string same_command(const Options& options) {
  std::vector<std::string> argv = {"pytune", "compare"};
  for (const auto& word : options.texts("result")) argv.push_back(word);
  if (options.given("store")) argv.insert(argv.end(), {"--store", options.text("store")});
  return shell_quote(argv);
}

int run_compare(const Options& options) {
  const auto words = options.texts("result");
  if (words.empty())
    throw UsageError(fmt::format("give a result; usage: pytune {}", kCompareUsage));
  Exports exports(options);
  KeptResults kept(options.store());
  std::vector<NamedResult> results;
  results.reserve(words.size());
  for (const auto& word : words) results.push_back(kept.find(word));
  return exports.deliver(merged(std::move(results)), same_command(options));
}

}  // namespace

Verb compare_verb() {
  Verb verb{"compare",
            "show a result again, or compare several results",
            kCompareUsage,
            {"result..."},
            {{"result", "RESULT...",
              "Ids from `pytune store results`, or files of pytune, pyperf or pyperformance. The "
              "first has the baseline."},
             json_option(),
             no_color_option()},
            run_compare,
            Verb::OnStop::end};
  for (auto& option : export_options()) verb.options.push_back(std::move(option));
  verb.options.push_back(store_option());
  return verb;
}

}  // namespace pytune
