// Whether a compiler and its companions work together, tried on a program of one line.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <regex>

#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
#include "toolchain/flags.h"
#include "toolchain/toolchain.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Relative names: the commands run in a directory of their own, and a complaint shows no path of
// it.
constexpr const char* kMain = "trial.c";
constexpr const char* kPart = "part.c";

std::vector<std::string> link_words(const Toolchain& t, const std::vector<std::string>& words,
                                    const std::vector<std::string>& files) {
  std::vector<std::string> all = t.link_words;
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), files.begin(), files.end());
  return t.call(all);
}

std::vector<std::string> joined_lists(std::vector<std::string> list,
                                      const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

}  // namespace

std::vector<std::string> Toolchain::call(const std::vector<std::string>& more) const {
  return joined_lists(joined_lists({path}, words), more);
}

std::string complaint_of(const Outcome& outcome) {
  static const std::regex lead("^.*error: ");
  // clang's and gcc's; binutils'; LLVM's tools and wrappers'.
  for (const std::string_view telling : {"error", "cannot find", "nknown", "not found"})
    for (const std::string_view line : split_lines(outcome.output))
      if (line.find(telling) != std::string::npos)
        return printable(std::regex_replace(std::string(line), lead, ""));
  const std::string last = last_line(outcome.output, 200);
  return last.empty() ? outcome.describe() : last;
}

std::optional<std::string> ToolchainProbe::try_commands(
    const std::vector<std::vector<std::string>>& commands) {
  std::string key;
  for (const auto& argv : commands) key += shell_quote(argv) + "\n";
  if (const auto known = trials_.find(key); known != trials_.end()) return known->second;
  const TemporaryDirectory scratch(temporary_files(), "pytune-trial");
  write_file_atomic(scratch.path() / kMain, "int main(void) { return 0; }\n");
  write_file_atomic(scratch.path() / kPart, "int part(void) { return 0; }\n");
  write_file_atomic(scratch.path() / "whole.c",
                    "int part(void); int main(void) { return part(); }\n");
  std::optional<std::string> complaint;
  for (const auto& argv : commands) {
    const Outcome outcome = ask(argv, scratch.path());
    if (outcome.ok()) continue;
    complaint = complaint_of(outcome);
    break;
  }
  trials_.emplace(key, complaint);
  return complaint;
}

std::optional<std::string> ToolchainProbe::trial(const Toolchain& toolchain,
                                                 const std::vector<std::string>& words) {
  if (toolchain.stand_in) return std::nullopt;
  return try_commands({link_words(toolchain, words, {kMain, "-o", "trial"})});
}

std::optional<std::string> ToolchainProbe::archive_trial(const Toolchain& toolchain,
                                                         const std::vector<std::string>& words) {
  return try_commands({toolchain.call(joined_lists(words, {"-c", kPart, "-o", "part.o"})),
                       {toolchain.ar, "rcs", "libpart.a", "part.o"},
                       link_words(toolchain, words, {"whole.c", "libpart.a", "-o", "trial"})});
}

std::optional<std::string> ToolchainProbe::profile_trial(const Toolchain& toolchain) {
  const auto link =
      link_words(toolchain, profile_generate_link(toolchain), {kMain, "-o", "./trial"});
  if (toolchain.family == CompilerFamily::gcc || toolchain.architecture != read_host().architecture)
    return try_commands({link});
  return try_commands(
      {link,
       {"./trial"},
       {toolchain.profdata.value_or("llvm-profdata"), "merge", "-o", "trial.profdata",
        "default.profraw"},
       toolchain.call(joined_lists(profile_use_flags(toolchain.family, "trial.profdata"),
                                   {"-c", kMain, "-o", "trial.o"}))});
}

std::optional<std::string> ToolchainProbe::bolt_trial(const Toolchain& toolchain,
                                                      const std::vector<std::string>& words) {
  const std::string bolt = fs::weakly_canonical(*toolchain.bolt);
  return try_commands(
      {link_words(toolchain, words, {kMain, "-o", "trial"}),
       {bolt, "trial", "-instrument", "-instrumentation-file=trial.fdata", "-o", "counting"},
       joined_lists(joined_lists({bolt, "trial"}, bolt_flags()), {"-o", "rewritten"})});
}

}  // namespace pytune
