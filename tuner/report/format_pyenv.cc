// Environment for `pyenv install`. pyenv drives configure and make itself, so this form gets near
// the build but not to it, and says where it stops.
//
// pyenv splits PYTHON_CONFIGURE_OPTS and MAKE_OPTS at blanks without reading quotes. Whatever holds
// a blank therefore goes into the environment: configure takes CC, OPT and LINKFORSHARED from
// there, make takes CFLAGS_NODIST and LDFLAGS_NODIST.
#include <fmt/format.h>

#include <utility>

#include "input/text.h"
#include "report/formats.h"
#include "report/plain_tree.h"
#include "report/reproduction.h"
#include "report/text.h"
#include "sys/process.h"

namespace pytune {
namespace {

bool has_blank(std::string_view word) {
  return word.find_first_of(" \t\n*?[") != std::string_view::npos;
}

struct Settings {
  PlainTree tree;
  std::string configure;
  std::vector<std::string> left_out;
};

Settings settings_of(const Build& build) {
  Settings settings{plain_tree(build), "", {}};
  settings.left_out = settings.tree.left_out;
  for (const std::string& option : settings.tree.options) {
    if (has_blank(option))
      settings.left_out.push_back(option);
    else
      settings.configure += (settings.configure.empty() ? "" : " ") + option;
  }
  return settings;
}

// What this form cannot carry over, as sentences.
std::vector<std::string> differences(const Build& build, const Settings& settings) {
  std::vector<std::string> lines;
  const auto pgo = build.configuration.get<Pgo>();
  if (pgo == Pgo::Value::training)
    lines.emplace_back(
        "The profile: this build was trained on pytune's own programs. pyenv trains on CPython's "
        "test suite (--enable-optimizations), so the code differs, and the speed was not "
        "measured.");
  if (pgo == Pgo::Value::upstream)
    lines.emplace_back(
        "The profile is gathered anew, with addresses left random, so the code differs a little.");
  if (build.configuration.get<Bolt>() == Bolt::Value::on)
    lines.emplace_back("BOLT: llvm-bolt is not run on the result.");
  if (build.configuration.get<Patches>() != "none")
    lines.emplace_back(
        "The interpreter patches: give them on standard input, pyenv install --patch.");
  for (const std::string& word : settings.left_out)
    lines.push_back("Left out, because pyenv cannot pass a blank: " + printable(word));
  lines.emplace_back("pyenv adds -L and -rpath options of its own, and installs to its own place.");
  lines.emplace_back("The exact build: pytune recommend --format shell");
  return lines;
}

}  // namespace

std::string pyenv_form(const ChosenBuild& chosen) {
  const SweepResult& result = chosen.sweep;
  const Build& build = chosen.build;
  static_cast<void>(
      reproduction_of(build));  // refuses a build that cannot be reproduced, as the other forms do
  const Settings settings = settings_of(build);
  std::string text;
  const auto comment = [&text](std::string_view first, std::string_view sentence) {
    std::string_view lead = first;
    for (const std::string& part : wrap(printable(sentence), 98 - first.size())) {
      text += fmt::format("#{}{}\n", lead, part);
      lead = std::string_view("     ").substr(0, first.size());
    }
  };
  for (const std::string& fact : provenance(result, build)) comment(" ", fact);
  text += "#\n# With pyenv you get the same compiler and flags, but not the same code:\n";
  for (const std::string& line : differences(build, settings)) comment(" - ", line);
  text += "(\n";
  for (const auto& [name, value] : settings.tree.variables)
    text += fmt::format("export {}={}\n", name, shell_quote(value));
  text += fmt::format("export PYTHON_CONFIGURE_OPTS={}\n", shell_quote(settings.configure));
  text += "MAKE_OPTS=-j$(nproc)\nexport MAKE_OPTS\n";
  text += fmt::format("pyenv install {}\n", shell_quote(build.source_version));
  text += ")\n";
  return text;
}

}  // namespace pytune
