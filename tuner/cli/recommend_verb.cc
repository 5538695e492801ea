// `pytune recommend`: a build of a finished sweep, for somebody else to make.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

#include "campaign/data_home.h"
#include "campaign/finished_sweeps.h"
#include "cli/verb.h"
#include "report/formats.h"

namespace pytune {
namespace {

int run_recommend(const Options& options) {
  const Store store(options.store(), StoreAccess::look);
  const SweepResult sweep = finished_sweep(store, options.text("sweep"));
  const Build& build = chosen_build(sweep, options.text("build"));
  std::cout << recommend_text(options.text("format", "shell"), {sweep, build, data_home()});
  return 0;
}

}  // namespace

Verb recommend_verb() {
  return {"recommend",
          "print the flags of a finished sweep for a shell, pyenv, Docker, Debian or as JSON",
          "recommend [OPTIONS]",
          {},
          {{"format", "FORM",
            fmt::format("Form of the flags: {}. Default: shell.", fmt::join(form_names(), ", "))},
           sweep_option(),
           build_option(),
           store_option()},
          run_recommend,
          Verb::OnStop::end};
}

}  // namespace pytune
