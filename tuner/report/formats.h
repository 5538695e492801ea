// The forms of `pytune recommend`, one file each.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "result/sweep_result.h"

namespace pytune {

// What is recommended: normally the sweep's own choice.
struct ChosenBuild {
  const SweepResult& sweep;
  const Build& build;          // one of the sweep's
  std::filesystem::path home;  // where pytune's own data is; empty: not known
};

std::string shell_form(const ChosenBuild& chosen);
std::string configure_form(const ChosenBuild& chosen);
std::string json_form(const ChosenBuild& chosen);
std::string pyenv_form(const ChosenBuild& chosen);
std::string dockerfile_form(const ChosenBuild& chosen);
std::string debian_form(const ChosenBuild& chosen);

// What --format takes.
std::vector<std::string> form_names();

// `pytune recommend --format NAME`. Throws UsageError for another name (with a suggestion). The
// forms shell, json, dockerfile and debian reproduce the build; configure and pyenv say where they
// stop.
std::string recommend_text(const std::string& format, const ChosenBuild& chosen);

}  // namespace pytune
