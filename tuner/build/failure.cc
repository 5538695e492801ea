#include "build/failure.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <regex>

#include "input/text.h"

namespace pytune {
namespace {

struct Symptom {
  const char* failure_class;
  const char* pattern;  // ECMAScript, matched per line
  const char* remedy;   // "$1" is the first group
  bool deterministic;
};

// First match wins, so the specific stand before the general. Conditions of the machine (disk,
// memory, a tool removed under us) are not the configuration's fault: they are not remembered
// against it.
constexpr std::array<Symptom, 16> kSymptoms{{
    {"disk-full", "No space left on device|Disk quota exceeded",
     "free some space (pytune store prune) and run the sweep again; finished stages are kept",
     false},
    {"out-of-memory",
     "virtual memory exhausted|Cannot allocate memory|out of memory allocating|fatal error: Killed "
     "signal|error: unable to execute command: Killed|^make.*\\] (Killed|Error 137)",
     "free memory or build fewer at once (--jobs 1), then run the sweep again", false},
    {"interrupted", "^make.*\\] (Interrupt|Terminated|Hangup|Quit|Error 1(29|30|31|43))$",
     "somebody or something ended it from outside: run the sweep again", false},
    {"tool-vanished",
     "cannot run ([^:]+): (No such file|not found|Permission denied)|([^ :]+): command not "
     "found|cannot execute .([^ ']+).: (execvp|posix_spawnp?): No such file",
     "install the tool again and run the sweep again", false},
    {"resource-limit",
     "File too large|File size limit exceeded|CPU time limit exceeded|Too many open files|"
     "[Ff]ork: (retry: )?Resource temporarily unavailable|Cannot fork",
     "a limit of this shell is too low (ulimit -a shows them): raise it and run the sweep again",
     false},
    {"compiler-crash",
     "internal compiler error|PLEASE submit a bug report|clang: error: unable to execute "
     "command|Stack dump:",
     "a bug of this compiler with these flags: leave this point out, or try another version of the "
     "compiler",
     true},
    {"profile-mismatch",
     "coverage mismatch|profile data may be corrupted|\\[-Werror=coverage-mismatch\\]",
     "the profile does not fit the code: report it; meanwhile use pgo=none or lto=none for this "
     "compiler",
     true},
    {"missing-header", "fatal error: '?([^ :']+)'?(: No such file| file not found)",
     "install the package that provides $1 (setup/install cpython installs all that CPython needs)",
     true},
    {"missing-library",
     "cannot find -l([A-Za-z0-9_+.-]+)|unable to find library -l([A-Za-z0-9_+.-]+)",
     "install the development package of lib$1", true},
    {"unknown-flag",
     "unrecognized (command-line|command line|debug output) option|unknown argument|unsupported "
     "option|unrecognized argument|bad value .* for .{1,3}-m|unknown target CPU",
     "the compiler is too old for this flag, or it is misspelt: see the line above", true},
    {"link-error",
     "undefined reference to|error: undefined symbol|relocation .* can not be used when|recompile "
     "with -f(PIC|PIE)|ld returned [0-9]+ exit status|linker command failed",
     "these flags do not link together: leave this point out; the log has the symbol", true},
    {"bolt-failed", "BOLT-ERROR|llvm-bolt: ",
     "this llvm-bolt cannot rewrite this binary: use bolt=off, or another version of LLVM", true},
    {"configure-error", "configure: error: (.*)", "see config.log in the log's directory", true},
    {"compile-error", " error: (.*)",
     "the source does not compile with this compiler and these flags: see the log", true},
    {"illegal-instruction", "Illegal instruction",
     "the code does not run on this CPU: choose a CPU target this machine has (cpu=native)", true},
    {"training-failed", "^Traceback |^training: |AssertionError",
     "the interpreter gives wrong results on the training programs: leave this point out and "
     "report it",
     true},
}};

// One printable line of UTF-8: it goes into JSON, which refuses anything else. Compilers quote with
// UTF-8's quotes, so the cut must not go through a character.
std::string shortened(std::string line) {
  constexpr std::size_t kMax = 240;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
  }
  if (line.size() > kMax) {
    std::size_t end = kMax;
    while (end > kMax - 4 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
    line = line.substr(0, end) + "...";
  }
  if (!is_utf8(line))
    for (char& c : line)
      if (static_cast<unsigned char>(c) >= 128) c = '?';
  return line;
}

std::string expand(std::string remedy, const std::smatch& match) {
  std::string word;
  for (std::size_t i = 1; i < match.size() && word.empty(); ++i) word = match[i];
  const std::size_t at = remedy.find("$1");
  if (at != std::string::npos) remedy.replace(at, 2, word.empty() ? "it" : shortened(word));
  return remedy;
}

std::string last_line(const std::string& log) {
  std::size_t end = log.find_last_not_of("\r\n \t");
  if (end == std::string::npos) return "(the log is empty)";
  const std::size_t start = log.rfind('\n', end);
  return log.substr(start == std::string::npos ? 0 : start + 1,
                    end - (start == std::string::npos ? 0 : start + 1) + 1);
}

// No program sends itself these by what it computes.
bool is_sent_by_others(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

// Only the end of a log tells; a long one is not searched whole.
std::string tail(const std::string& log) {
  constexpr std::size_t kTail = 200'000;
  return log.size() > kTail ? log.substr(log.size() - kTail) : log;
}

}  // namespace

BuildFailure classify_failure(const std::string& stage, const Outcome& outcome,
                              const std::string& log, const std::string& log_path) {
  BuildFailure failure{stage, "failed", "", "see the log", log_path, true};
  if (outcome.timed_out) {
    failure.failure_class = "hang";
    failure.message = fmt::format("{} did not end within {:.0f} s; last said: {}", stage,
                                  outcome.wall_seconds, shortened(last_line(log)));
    failure.remedy =
        "something waits for ever: see the log; a slow machine may need a larger --stage-timeout";
    return failure;
  }
  const std::string text = outcome.started ? tail(log) : outcome.start_error;
  for (const auto& symptom : kSymptoms) {
    const std::regex pattern(symptom.pattern, std::regex::ECMAScript | std::regex::optimize);
    std::size_t start = 0;
    while (start < text.size()) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      const std::string line = text.substr(
          start, std::min<std::size_t>(end - start, 2000));  // std::regex recurses per character
      std::smatch match;
      if (std::regex_search(line, match, pattern)) {
        failure.failure_class = symptom.failure_class;
        failure.message = shortened(line);
        failure.remedy = expand(symptom.remedy, match);
        failure.deterministic = symptom.deterministic;
        return failure;
      }
      start = end + 1;
    }
  }
  if (outcome.signal == SIGKILL) {
    failure.failure_class = "out-of-memory";
    failure.remedy =
        "most likely the kernel's out-of-memory killer: build fewer at once (--jobs 1), then run "
        "the sweep again";
    failure.deterministic = false;
  } else if (outcome.signal == SIGILL) {
    failure.failure_class = "illegal-instruction";
    failure.remedy =
        "the code does not run on this CPU: choose a CPU target this machine has (cpu=native)";
  } else if (outcome.signal == SIGXFSZ || outcome.signal == SIGXCPU) {
    failure.failure_class = "resource-limit";
    failure.remedy =
        "a limit of this shell is too low (ulimit -a shows them): raise it and run the sweep again";
    failure.deterministic = false;
  } else if (is_sent_by_others(outcome.signal)) {
    failure.failure_class = "interrupted";
    failure.remedy = "somebody or something ended it from outside: run the sweep again";
    failure.deterministic = false;
  } else if (outcome.signal != 0) {
    failure.failure_class = "crash";
    failure.remedy =
        "the program built with these flags crashes: leave this point out and report it";
  } else if (!outcome.started) {
    failure.failure_class = "tool-vanished";
    failure.remedy = "install the tool again and run the sweep again";
    failure.deterministic = false;
  }
  failure.message = outcome.started
                        ? fmt::format("{}: {}", outcome.describe(), shortened(last_line(log)))
                        : outcome.start_error;
  return failure;
}

}  // namespace pytune
