// The forms of `pytune recommend`, one file each.
#pragma once

#include <string>
#include <vector>

#include "report/result.h"

namespace pytune {

std::string shell_form(const SweepResult& result, const Build& build);
std::string json_form(const SweepResult& result, const Build& build);
std::string pyenv_form(const SweepResult& result, const Build& build);
std::string dockerfile_form(const SweepResult& result, const Build& build);
std::string debian_form(const SweepResult& result, const Build& build);

}  // namespace pytune
