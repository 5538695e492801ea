// Child processes: the first of the two seams tests replace.
//
// A command is an argv vector from construction to exec; no shell ever sees it. Each child leads a
// process group of its own, reads /dev/null, inherits no descriptor it was not given, has no signal
// ignored or blocked, makes files with the mode mask 022, and dies with its whole group on
// time-out, on interrupt, and when pytune itself is killed. Its environment has a mark (see
// process_mark.h).
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pytune {

using Environment = std::map<std::string, std::string>;

struct Command {
  std::vector<std::string> argv;
  std::filesystem::path cwd;  // empty: pytune's own
  // The whole environment. Unset: of pytune's own what a tool gets (sys/user_variables.h).
  std::optional<Environment> environment;
  std::filesystem::path log;         // stdout and stderr are appended here; empty: captured
  bool capture_stdout_only = false;  // with a log: stdout is captured, stderr goes to the log
  std::optional<std::chrono::milliseconds> timeout;
  std::uint64_t memory_limit = 0;  // bytes of it and what it starts; ended above that; 0: none
  bool contain = false;   // whatever it started ends with it, also what left its process group
  std::vector<int> cpus;  // affinity; empty: inherited
  std::vector<int> inherited_fds;  // kept open in the child under the same number
  bool result_pipe = false;  // gives the child a pipe; argv elements "{pipe}" become its number
  std::size_t output_limit =
      std::size_t{64} << 20;  // captured bytes beyond this are dropped, and `truncated` is set
};

struct Outcome {
  int exit_code = 0;    // meaningful when signal == 0 and started
  int signal = 0;       // the signal that ended the child, or 0
  bool started = true;  // false: exec failed, start_error says why
  bool timed_out = false;
  std::uint64_t memory_limit = 0;  // the limit that it went above and was ended for, or 0
  bool truncated = false;
  std::string start_error;
  std::string output;  // captured stdout (and stderr without a log)
  std::string piped;   // what arrived on the result pipe
  double wall_seconds = 0;
  double user_seconds = 0;  // of this child and the descendants it waited for (wait4)
  double system_seconds = 0;
  long max_rss_kib = 0;  // of this child alone (wait4), never RUSAGE_CHILDREN
  long involuntary_switches = 0;

  bool ok() const {
    return started && signal == 0 && !timed_out && exit_code == 0 && memory_limit == 0;
  }
  // "exit status 2", "killed by signal 11 (Segmentation fault)", "timed out after 30 s", "took
  // more than 2.0 GB of memory", "cannot run x: No such file"
  std::string describe() const;
};

class ProcessRunner {
 public:
  ProcessRunner() = default;
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;
  virtual ~ProcessRunner() = default;
  // Runs to the end. Throws Interrupted when a stop was requested (children are gone by then); a
  // child's failure is an Outcome, not an exception. Safe to call from several threads.
  virtual Outcome run(const Command& command) = 0;
};

class SystemRunner : public ProcessRunner {
 public:
  Outcome run(const Command& command) override;
};

// Installs handlers for SIGINT, SIGTERM and SIGHUP that ask every run() to stop, but for those that
// whoever started us has ignored (see inheritance.h); SIGPIPE and SIGXFSZ are ignored.
void install_stop_handlers();
// Has these signals end the program at once, as they do by default.
void end_at_stop_signals();
// While it lives, those signals wait: what is being written gets its final name, or none.
class StopsHeld {
 public:
  StopsHeld();
  StopsHeld(const StopsHeld&) = delete;
  StopsHeld& operator=(const StopsHeld&) = delete;
  ~StopsHeld();

 private:
  sigset_t before_;
};
bool stop_requested();
void request_stop();        // as if SIGINT had arrived; for tests and for the first failing thread
void clear_stop_request();  // for tests
void throw_if_stopped();    // throws Interrupted

// First executable regular file called `name` on PATH (or `name` itself when it holds a slash).
std::optional<std::filesystem::path> find_program(const std::string& name);

// A line that a POSIX shell reads back as exactly this argv (single quotes where needed).
std::string shell_quote(const std::vector<std::string>& argv);
std::string shell_quote(const std::string& word);

Environment current_environment();

}  // namespace pytune
