// `pytune recommend --format NAME`.
#include <fmt/format.h>

#include <array>

#include "report/formats.h"
#include "report/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

struct Form {
  std::string_view name;
  std::string (*write)(const SweepResult&, const Build&);
};

constexpr std::array<Form, 5> kForms{{
    {"shell", report::shell_form},
    {"json", report::json_form},
    {"pyenv", report::pyenv_form},
    {"dockerfile", report::dockerfile_form},
    {"debian", report::debian_form},
}};

}  // namespace

std::string recommend_text(const std::string& format, const SweepResult& result,
                           const Build& build) {
  std::vector<std::string> names;
  for (const Form& form : kForms) {
    if (form.name == format) return form.write(result, build);
    names.emplace_back(form.name);
  }
  throw UsageError(
      fmt::format("unknown format \"{}\"{}", report::one_line(format), suggestion(format, names)));
}

}  // namespace pytune
