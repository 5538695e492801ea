// Whether a compiler and its companions work together, tried on a program of one line.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <regex>

#include "binary/elf_versions.h"
#include "binary/start_problem.h"
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
constexpr const char* kCalls = "calls.c";

// Two functions that call each other last, with six arguments as CPython's handlers have them. Each
// frame that stayed would take 48 bytes of 64 KiB and more.
constexpr const char* kTailCalls = R"(#if !defined(__has_attribute)
#error "__has_attribute is not known"
#elif !__has_attribute(musttail) || !__has_attribute(preserve_none)
#error "the attributes musttail and preserve_none, both of which tail calls need, are not known"
#endif
#define HANDLER __attribute__((preserve_none, noinline)) static long
HANDLER even(long n, long a, long b, long c, long d, long e);
HANDLER odd(long n, long a, long b, long c, long d, long e) {
  if (n == 0) return a + 2 * b + 3 * c + 4 * d + 5 * e;
  __attribute__((musttail)) return even(n - 1, b, c, d, e, a + n);
}
HANDLER even(long n, long a, long b, long c, long d, long e) {
  if (n == 0) return -1;
  __attribute__((musttail)) return odd(n - 1, b, c, d, e, a ^ n);
}
int main(int count, char **words) {
  long a = 1, b = 2, c = 3, d = 4, e = 5, n;
  const long start = 1000000 * (long)count;
  for (n = start; n > 0; --n) {
    const long first = a, odd_turn = (start - n) % 2 == 0;
    a = b; b = c; c = d; d = e;
    e = odd_turn ? first + n : first ^ n;
  }
  (void)words;
  return odd(start, 1, 2, 3, 4, 5) == a + 2 * b + 3 * c + 4 * d + 5 * e ? 0 : 1;
}
)";

// What CPython takes for granted, and options such as -ffast-math and -fpack-struct take away.
constexpr const char* kPremises = R"(#include <float.h>
#include <stdio.h>
struct padded { char byte; int whole; };
enum plain { only };
int main(void) {
  volatile double one = 1, large = 1e16, zero = 0, below = -0.0, least = DBL_MIN;
  double none = zero / zero;
  const char *lost = 0;
  if ((one + large) - large != 0) lost = "sums of floats are reordered";
  if (!(none != none)) lost = "a float that is no number counts as one";
  if (!__builtin_signbit(below) || __builtin_signbit(below + 0.0)) lost = "zeros have no sign";
  if (least / 2 == 0) lost = "small floats become zero";
  if (sizeof(struct padded) != 8) lost = "structures are not laid out as the C library has them";
  if (sizeof(enum plain) != sizeof(int)) lost = "enumerations are shorter than the C library has them";
  if (lost) puts(lost);
  return lost != 0;
}
)";

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
  if (outcome.signal != 0) return outcome.describe();
  static const std::regex lead("^.*error: ");
  // clang's and gcc's; binutils'; LLVM's tools and wrappers'.
  for (const std::string_view telling :
       {"undefined reference", "error", "ERROR", "cannot find", "nknown", "not found"})
    for (const std::string_view line : split_lines(outcome.output))
      if (line.find(telling) != std::string::npos)
        return printable(std::regex_replace(std::string(line), lead, ""));
  const std::string last = last_line(outcome.output, 200);
  return last.empty() ? outcome.describe() : last;
}

std::optional<std::string> ToolchainProbe::try_commands(
    const Toolchain& toolchain, const std::vector<std::vector<std::string>>& commands) {
  std::string key;
  for (const auto& argv : commands) key += shell_quote(argv) + "\n";
  if (const auto known = trials_.find(key); known != trials_.end()) return known->second;
  const std::string lasting = passed_ ? PassedTrials::key(commands, toolchain.identity) : "";
  if (passed_ && passed_->has(lasting)) return trials_[key] = std::nullopt;
  const TemporaryDirectory scratch(temporary_files(), "pytune-trial");
  write_file_atomic(scratch.path() / kMain, "int main(void) { return 0; }\n");
  write_file_atomic(scratch.path() / kPart, "int part(void) { return 0; }\n");
  write_file_atomic(scratch.path() / kCalls, kTailCalls);
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
  if (passed_ && !complaint) passed_->add(lasting);
  return complaint;
}

std::optional<std::string> ToolchainProbe::trial(const Toolchain& toolchain,
                                                 const std::vector<std::string>& words) {
  if (toolchain.stand_in) return std::nullopt;
  return try_commands(toolchain, {link_words(toolchain, words, {kMain, "-o", "trial"})});
}

std::optional<std::string> ToolchainProbe::premises_trial(const Toolchain& toolchain,
                                                          const std::vector<std::string>& words) {
  if (!target_.triple.empty()) return std::nullopt;
  const std::string key = "premises " + shell_quote(toolchain.call(words));
  if (const auto known = trials_.find(key); known != trials_.end()) return known->second;
  const TemporaryDirectory scratch(temporary_files(), "pytune-trial");
  write_file_atomic(scratch.path() / kMain, kPremises);
  // The words come last, as cflags do in a build: -Ofast among them counts.
  std::vector<std::string> compile = joined_lists({"-O2"}, words);
  compile.insert(compile.end(), {kMain, "-o", "trial"});
  const Outcome compiled = ask(link_words(toolchain, compile, {}), scratch.path());
  std::optional<std::string> problem;
  if (!compiled.ok())
    problem = complaint_of(compiled);
  else
    problem = why_it_does_not_run(toolchain, scratch.path());
  trials_.emplace(key, problem);
  return problem;
}

// What is wrong with ./trial in the directory; nothing too where that cannot be known.
std::optional<std::string> ToolchainProbe::why_it_does_not_run(const Toolchain& toolchain,
                                                               const fs::path& directory) {
  const std::string own = host_architecture();
  const Outcome ran = ask({"./trial"}, directory);
  if (ran.signal == SIGILL) return std::nullopt;  // for a newer CPU
  if (ran.ok()) {
    std::error_code none;
    const auto facts = fs::exists(directory / "trial", none)
                           ? read_elf(read_file(directory / "trial"))
                           : std::nullopt;
    if (!facts || !facts->loader.empty()) return std::nullopt;
    return "what it makes is static, which loads no extension modules";
  }
  if (!ran.started) {
    if (toolchain.architecture != own)
      return fmt::format("it generates code for {}, and this machine is {}", toolchain.architecture,
                         own);
    std::error_code none;
    const auto mode = fs::status(directory / "trial", none).permissions();
    if ((mode & fs::perms::owner_exec) == fs::perms::none) return "what it makes is no program";
    // Where temporary files may not be executed, nothing is known of it.
    if (ran.start_error.find("Permission denied") != std::string::npos) return std::nullopt;
    const std::string why = start_problem(directory / "trial", own);
    return fmt::format("what it makes does not run here: {}", why.empty() ? ran.describe() : why);
  }
  const std::string said = last_line(ran.output, 200);
  return said.empty() ? fmt::format("what it makes does not run here: {}", ran.describe()) : said;
}

std::optional<std::string> ToolchainProbe::archive_trial(const Toolchain& toolchain,
                                                         const std::vector<std::string>& words) {
  return try_commands(toolchain,
                      {toolchain.call(joined_lists(words, {"-c", kPart, "-o", "part.o"})),
                       {toolchain.ar, "rcs", "libpart.a", "part.o"},
                       link_words(toolchain, words, {"whole.c", "libpart.a", "-o", "trial"})});
}

std::optional<std::string> ToolchainProbe::profile_trial(const Toolchain& toolchain) {
  const auto& runtime = toolchain.profile_link_words;
  if (std::find(runtime.begin(), runtime.end(), "") != runtime.end()) return std::nullopt;
  const auto link =
      link_words(toolchain, profile_generate_link(toolchain), {kMain, "-o", "./trial"});
  if (toolchain.family == CompilerFamily::gcc || toolchain.architecture != host_architecture())
    return try_commands(toolchain, {link});
  return try_commands(
      toolchain, {link,
                  {"./trial"},
                  {toolchain.profdata.value_or("llvm-profdata"), "merge", "-o", "trial.profdata",
                   "default.profraw"},
                  toolchain.call(joined_lists(profile_use_flags(toolchain.family, "trial.profdata"),
                                              {"-c", kMain, "-o", "trial.o"}))});
}

std::optional<std::string> ToolchainProbe::tail_call_trial(const Toolchain& toolchain,
                                                           const std::vector<std::string>& words) {
  std::vector<std::vector<std::string>> commands = {
      link_words(toolchain, words, {kCalls, "-o", "./calls"})};
  if (toolchain.architecture == host_architecture()) commands.push_back({"./calls"});
  return try_commands(toolchain, commands);
}

std::optional<std::string> ToolchainProbe::bolt_trial(const Toolchain& toolchain,
                                                      const std::vector<std::string>& words,
                                                      bool shared) {
  if (toolchain.bolt_runtime && toolchain.bolt_runtime->empty()) return std::nullopt;
  const std::string bolt = fs::weakly_canonical(*toolchain.bolt);
  std::vector<std::string> instrument{
      bolt, "trial", "-instrument", "-instrumentation-file=trial.fdata", "-o", "counting"};
  if (toolchain.bolt_runtime) instrument.push_back(bolt_runtime_flag(*toolchain.bolt_runtime));
  std::vector<std::string> linked{kMain, "-o", "trial"};
  if (shared) linked.insert(linked.begin(), {"-shared", "-fPIC"});
  return try_commands(toolchain, {link_words(toolchain, words, linked), instrument,
                                  joined_lists(joined_lists({bolt, "trial"}, bolt_flags(toolchain)),
                                               {"-o", "rewritten"})});
}

}  // namespace pytune
