// `pytune recommend --format NAME`.
#include <fmt/format.h>

#include <array>

#include "input/suggestion.h"
#include "input/text.h"
#include "report/formats.h"
#include "report/native_build.h"
#include "report/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

struct Form {
  std::string_view name;
  bool here;  // repeats what was done on this machine; else it is for the machine built for
  std::string (*write)(const ChosenBuild&);
};

constexpr std::array<Form, 6> kForms{{
    {"shell", true, shell_form},
    {"configure", false, configure_form},
    {"json", true, json_form},
    {"pyenv", false, pyenv_form},
    {"dockerfile", false, dockerfile_form},
    {"debian", false, debian_form},
}};

}  // namespace

std::vector<std::string> form_names() {
  std::vector<std::string> names;
  names.reserve(kForms.size());
  for (const Form& form : kForms) names.emplace_back(form.name);
  return names;
}

std::string recommend_text(const std::string& format, const ChosenBuild& chosen) {
  for (const Form& form : kForms)
    if (form.name == format)
      return form.here ? form.write(chosen)
                       : form.write({chosen.sweep, native_build(chosen.build), chosen.home});
  throw UsageError(
      fmt::format("unknown format \"{}\"{}", printable(format), suggestion(format, form_names())));
}

}  // namespace pytune
