// `pytune completion`: what a shell completes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

#include "campaign/data_home.h"
#include "cli/verb.h"
#include "report/export.h"
#include "report/formats.h"
#include "sys/error.h"

namespace pytune {
namespace {

std::string option_words(const Verb& verb) {
  std::string words = "--help";
  for (const OptionLine& option : verb.options) words += " --" + long_name(option);
  return words;
}

// Made from the same tables as --help, so it cannot fall behind.
void print_bash(std::ostream& out) {
  // Before anything is printed: half a script would be an error in every shell that starts.
  std::string formats;
  for (const auto& format : export_formats()) formats += fmt::format(" {}=", format.name);
  const std::vector<std::pair<const char*, std::string>> values = {
      {"--preset", fmt::format("{}", fmt::join(preset_names(data_home()), " "))},
      {"--format", fmt::format("{}", fmt::join(form_names(), " "))},
      {"--export", formats.substr(1)},
      {"--progress", "auto always never"}};
  out << "# pytune completion for bash: eval \"$(pytune completion bash)\"\n"
         "_pytune() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n";
  std::string names = "--help --version";
  for (const auto& verb : verbs()) names += fmt::format(" {}", verb.name);
  out << fmt::format(
      "    mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n    return\n  fi\n", names);
  out << "  case $before in\n";
  for (const auto& [option, words] : values)
    out << fmt::format(
        "    {}) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\"){}; return ;;\n", option,
        words, words.ends_with('=') ? "; compopt -o nospace" : "");
  out << "    "
         "--spec|--source|--store|--output|--pyperf|--suite|--system-python|--python|--pyperf-json|"
         "--result|=)"
         " mapfile -t "
         "COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n"
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n";
  for (const auto& verb : verbs()) {
    const std::string extra = std::string(verb.name) == "store"        ? " show results prune"
                              : std::string(verb.name) == "completion" ? " bash"
                                                                       : "";
    out << fmt::format("    {}) mapfile -t COMPREPLY < <(compgen -W '{}{}' -- \"$word\") ;;\n",
                       verb.name, option_words(verb), extra);
  }
  out << "  esac\n}\ncomplete -o filenames -F _pytune pytune ./pytune\n";
}

int run_completion(const Options& options) {
  const std::string shell = options.text("shell", "bash");
  if (shell != "bash")
    throw UsageError(
        fmt::format("completion: no completion for \"{}\"; there is one for bash", shell));
  print_bash(std::cout);
  return 0;
}

}  // namespace

Verb completion_verb() {
  return {"completion",
          "print the completion script of a shell",
          "completion [bash]",
          {"shell"},
          {{"shell", "SHELL", "Shell to print the completion script for. Default: bash."}},
          run_completion};
}

}  // namespace pytune
