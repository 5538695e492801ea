// Lines for debian/rules that make the build inside a Debian source package.
//
// Recipe lines are the recorded commands, so that nothing is lost in translation to dpkg's flag
// variables. Those variables are set as well: they are what a maintainer changes who keeps the
// package's own configure and make calls.
#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "report/formats.h"
#include "report/recorded_line.h"
#include "report/reproduction.h"
#include "report/text.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr std::size_t kCommentWidth = 96;

// A make comment goes on behind a line that ends in a backslash.
std::string debian_comment(std::string_view text) {
  std::string lines;
  for (std::string part : wrap(printable(text), kCommentWidth)) {
    while (part.ends_with('\\')) part.pop_back();
    lines += "# " + part + "\n";
  }
  return lines;
}

// Shell source as make hands it on: a dollar doubled. A recipe cannot hold a line break inside
// quotes.
std::string recipe_text(std::string_view source) {
  if (source.find('\n') != std::string_view::npos)
    throw Failure(
        "a command of this build has a line break in an argument, which debian/rules cannot hold; "
        "use pytune recommend --format shell");
  std::string text;
  for (const char c : source) {
    if (c == '$') text += '$';
    text += c;
  }
  return text;
}

// The value of a make variable, as make reads it back.
std::string variable_text(std::string_view value) {
  std::string text;
  for (const char c : recipe_text(value)) {
    if (c == '#') text += '\\';
    text += c;
  }
  return text;
}

// A recipe line of several words, broken before it gets long; the shell joins it again.
std::string recipe_line(std::vector<std::string> words) {
  for (std::string& word : words) word = recipe_text(word);
  insert_runner(words, "$(CLEAN)");
  return "\t" + join_words(words, kCommentWidth, "\t    ") + "\n";
}

// The flags of NAME among make variables, for dpkg.
std::string flags_of(const Build& build, std::string_view name) {
  for (const std::string& variable : build.make_variables)
    if (variable.starts_with(std::string(name) + "="))
      return without_profile_flags(variable.substr(name.size() + 1));
  return "";
}

std::string explanation(const Reproduction& reproduction) {
  std::string text = debian_comment(
      "For debian/rules (debhelper). The tree is configured and built out of the way, from the "
      "upstream tarball "
      "beside the package as pytune did, without Debian's patches and without dpkg's default "
      "flags: each command "
      "runs in the environment it was recorded in. DEB_*_MAINT_* say the same flags to "
      "dpkg-buildflags, for a "
      "package that keeps its own configure and make calls.");
  if (reproduction.uses_training)
    text += debian_comment(
        "Copy pytune's profiles/training to debian/training: the profile is made by running it.");
  if (reproduction.needs_patches)
    text += debian_comment("Copy pytune's patches/" + reproduction.minor +
                           " to debian/pytune-patches.");
  return text;
}

std::string variables(const Build& build, const Reproduction& reproduction) {
  std::string text;
  text += "export DEB_BUILD_MAINT_OPTIONS = hardening=-all optimize=-lto\n";
  text += "export DEB_CPPFLAGS_MAINT_SET =\n";
  text +=
      fmt::format("export DEB_CFLAGS_MAINT_SET = {}\n",
                  variable_text(flags_of(build, "OPT") + " " + flags_of(build, "CFLAGS_NODIST")));
  text += fmt::format("export DEB_LDFLAGS_MAINT_SET = {}\n",
                      variable_text(flags_of(build, "LDFLAGS_NODIST")));
  text +=
      "export JOBS := $(or $(patsubst parallel=%,%,$(filter parallel=%,$(DEB_BUILD_OPTIONS))),1)\n";
  text += "export WORK := $(CURDIR)/debian/pytune-work\n";
  text += "export SOURCE := $(WORK)/src\n";
  if (!build.source_archive.empty())
    text += fmt::format("export ARCHIVE := ../{}\n", variable_text(build.source_archive));
  if (reproduction.uses_training) text += "export TRAINING := $(CURDIR)/debian/training\n";
  if (reproduction.uses_strip) text += "export STRIP := $(words $(subst /, ,$(WORK)/build))\n";
  text += "CLEAN = env -i " + recipe_text(reproduction.environment) + "\n";
  return text;
}

std::string unpack_lines(const Build& build, const Reproduction& reproduction) {
  std::string text =
      "\trm -rf \"$$WORK\"\n\tmkdir -p \"$$SOURCE\" \"$$WORK/home\" \"$$WORK/profile\"\n";
  if (build.source_archive.empty()) {
    text += "\ttar -cf - --exclude=./debian . | tar -xf - -C \"$$SOURCE\"\n";
  } else {
    text += "\tcp \"$$ARCHIVE\" \"$$WORK/source-archive\"\n";
    text += fmt::format("\tcd \"$$WORK\" && echo {}'  source-archive' | sha256sum -c -\n",
                        recipe_text(shell_quote(build.source_sha256)));
    text +=
        "\ttar -xf \"$$WORK/source-archive\" -C \"$$SOURCE\" --strip-components=1 "
        "--no-same-owner\n";
  }
  if (reproduction.needs_patches)
    text += fmt::format(
        "\tset -e; for patch in {}; do \\\n"
        "\t    patch -d \"$$SOURCE\" -p1 -F0 <\"debian/pytune-patches/$$patch\"; done\n",
        reproduction.one_patch.empty() ? "$$(grep -v '^#' debian/pytune-patches/series)"
                                       : recipe_text(reproduction.one_patch));
  return text;
}

}  // namespace

std::string debian_form(const ChosenBuild& chosen) {
  const SweepResult& result = chosen.sweep;
  const Build& build = chosen.build;
  const Reproduction reproduction = reproduction_of(build);
  std::string text;
  for (const std::string& fact : provenance(result, build)) text += debian_comment(fact);
  text += "#\n" + explanation(reproduction) + "\n";
  text += debian_comment("./configure " + shell_quote(build.configure_arguments));
  text += debian_comment("make " + shell_quote(build.make_variables));
  text += variables(build, reproduction);
  text += "\noverride_dh_auto_configure:\n" + unpack_lines(build, reproduction);
  text += "\noverride_dh_auto_build:\n";
  std::string stage;
  for (const ReproductionStep& step : reproduction.steps) {
    if (step.stage != stage) {
      stage = step.stage;
      text += "\t@echo " + recipe_text(shell_quote("== " + stage_words(stage))) + "\n";
    }
    std::vector<std::string> words{"mkdir", "-p", step.directory, "&&", "cd", step.directory, "&&"};
    words.insert(words.end(), step.words.begin(), step.words.end());
    text += recipe_line(std::move(words));
  }
  text += "\noverride_dh_auto_test:\n";
  text += "\noverride_dh_auto_install:\n";
  if (!reproduction.installed.empty())
    text += recipe_line({"mkdir", "-p", "debian/tmp" + reproduction.prefix}) +
            recipe_line({"cp", "-a", reproduction.installed + "/.",
                         "debian/tmp" + reproduction.prefix + "/"});
  text += "\noverride_dh_auto_clean:\n\trm -rf \"$$WORK\"\n";
  return text;
}

}  // namespace pytune
