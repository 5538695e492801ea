// In one file, because what a child does between fork and exec, and how the parent waits for it and
// ends it, have to be read together: each closes what the other opened.
#include "sys/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sys/cpus.h"
#include "sys/descendants.h"
#include "sys/error.h"
#include "sys/process_mark.h"
#include "sys/reaper.h"
#include "sys/system_reason.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSignals = 65;  // 1 to 64: signal(7)

// Owns a descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

struct Pipe {
  Fd read;
  Fd write;
  static Pipe make() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw Failure(fmt::format("cannot create a pipe: {}", system_reason(errno)));
    return {Fd(ends[0]), Fd(ends[1])};
  }
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& s : strings) result.push_back(s.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_strings(const Command& command, const std::string& mark) {
  std::vector<std::string> result;
  Environment environment =
      command.environment ? *command.environment : environment_for(Audience::tool);
  environment[std::string(kMarkVariable)] = mark;
  result.reserve(environment.size());
  for (const auto& [name, value] : environment) result.push_back(fmt::format("{}={}", name, value));
  return result;
}

// Everything the child needs, prepared before fork: between fork and exec only async-signal-safe
// calls are allowed.
struct Launch {
  std::string program;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::vector<char*> argv_pointers;
  std::vector<char*> environment_pointers;
  std::string cwd;
  std::vector<int> keep;
  CpuMask cpus;
  bool pin = false;
  bool first_to_go = false;  // of all processes, when the machine runs out of memory
  int null_fd = -1;
  int out_fd = -1;
  int err_fd = -1;
  int error_fd = -1;  // exec's errno goes back through this
  pid_t parent = 0;
};

[[noreturn]] void become(const Launch& launch) {
  const auto fail = [&] {
    const int error = errno;
    (void)!write(launch.error_fd, &error, sizeof error);
    _exit(127);
  };
  setpgid(0, 0);
  // The group's leader goes down with pytune even under SIGKILL; what it leaves behind is ended by
  // the reaper.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) _exit(127);
  if (dup2(launch.null_fd, 0) < 0 || dup2(launch.out_fd, 1) < 0 || dup2(launch.err_fd, 2) < 0)
    fail();
  if (launch.first_to_go) {
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    (void)!write(fd, "1000", 4);
    close(fd);
  }
  for (const int fd : launch.keep) fcntl(fd, F_SETFD, 0);
  if (launch.pin && !launch.cpus.apply()) fail();
  if (!launch.cwd.empty() && chdir(launch.cwd.c_str()) != 0) fail();
  umask(022);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < kSignals; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(launch.program.c_str(), launch.argv_pointers.data(), launch.environment_pointers.data());
  fail();
  _exit(127);
}

// A removed directory: programs such as compilers do not start there.
bool where_we_are_gone() {
  std::error_code error;
  return std::filesystem::current_path(error).empty();
}

bool is_runnable(const std::filesystem::path& file) {
  std::error_code ignored;
  return access(file.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(file, ignored);
}

// The first of the folders of a PATH that has it. An empty one would be the current folder, which
// is none to take programs from, and another one in a child that changes it.
std::optional<std::filesystem::path> find_in(std::string_view path, const std::string& name) {
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    std::filesystem::path candidate = std::filesystem::path(path.substr(start, end - start)) / name;
    if (end > start && is_runnable(candidate)) return candidate;
    start = end + 1;
  }
  return std::nullopt;
}

std::optional<std::filesystem::path> resolve_program(const Command& command) {
  const std::string& name = command.argv.front();
  // As typed, for execve after the child's chdir: a script sees this as $0, and CPython's configure
  // makes its source paths, which gcc hashes into profiles, from that.
  if (name.find('/') != std::string::npos && !command.cwd.empty())
    return std::filesystem::path(name);
  if (command.environment && name.find('/') == std::string::npos)
    if (const auto path = command.environment->find("PATH"); path != command.environment->end())
      return find_in(path->second, name);
  return find_program(name);
}

// What the child says instead of running its program; 0 where it runs. A signal that asks to stop
// may come meanwhile, and must not hide it.
int errno_from(int fd) {
  int value = 0;
  ssize_t n = 0;
  do {
    n = read(fd, &value, sizeof value);
  } while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(sizeof value) ? value : 0;
}

// Reads what is there; false at the end of the stream.
bool drain(int fd, std::string& into, std::size_t limit, bool& truncated) {
  char buffer[65536];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  if (n == 0) return false;
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  const std::size_t room = limit > into.size() ? limit - into.size() : 0;
  const std::size_t take = std::min(room, static_cast<std::size_t>(n));
  into.append(buffer, take);
  if (take < static_cast<std::size_t>(n)) truncated = true;
  return true;
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

void end_group(pid_t group) { kill(-group, SIGKILL); }

enum class Wait { look, until_it_ends };

// Whether the child has ended. It is not reaped yet, so its number, which is its group's too, is
// nobody else's.
bool has_ended(pid_t pid, Wait wait) {
  const int options = WEXITED | WNOWAIT | (wait == Wait::look ? WNOHANG : 0);
  while (true) {
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(pid), &info, options) == 0) return info.si_pid == pid;
    if (errno != EINTR)
      throw Failure(fmt::format("cannot wait for process {}: {}", pid, std::strerror(errno)));
  }
}

// Waits for the child's end while reading its pipes. The pidfd (Linux 5.3) wakes us at the end;
// without one, as under some emulators, a short poll does. No SIGCHLD handler: it could not be
// shared between threads.
struct Watch {
  pid_t pid;
  const Command& command;
  Outcome& outcome;
  Fd output;
  Fd piped;
  std::string entry;  // of its environment
  Fd end{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))};
  Clock::time_point memory_seen = Clock::now();

  void read_ready(int timeout_ms) {
    pollfd fds[3] = {{output.get(), POLLIN, 0}, {piped.get(), POLLIN, 0}, {end.get(), POLLIN, 0}};
    if (poll(fds, 3, timeout_ms) <= 0) return;
    if ((fds[0].revents != 0) &&
        !drain(output.get(), outcome.output, command.output_limit, outcome.truncated))
      output.reset();
    if ((fds[1].revents != 0) &&
        !drain(piped.get(), outcome.piped, command.output_limit, outcome.truncated))
      piped.reset();
  }

  void read_rest() {
    const auto until = Clock::now() + std::chrono::milliseconds(200);
    while ((output.open() || piped.open()) && Clock::now() < until) {
      pollfd fds[2] = {{output.get(), POLLIN, 0}, {piped.get(), POLLIN, 0}};
      if (poll(fds, 2, 0) <= 0)
        return;  // a descendant may hold the pipe open; what was written is read
      read_ready(0);
    }
  }

  // True when the run was cut short by a stop request.
  bool until_exit() {
    const auto start = Clock::now();
    const int wait_ms =
        end.open() ? 100 : 5;  // the 100 ms bound how late a stop request or a time-out is seen
    while (true) {
      if (has_ended(pid, Wait::look)) {
        record(start);
        return false;
      }
      if (stop_requested()) {
        stop(start);
        return true;
      }
      if (command.timeout && Clock::now() - start > *command.timeout) {
        outcome.timed_out = true;
        stop(start);
        return false;
      }
      if (above_memory_limit()) {
        outcome.memory_limit = command.memory_limit;
        end_group(pid);  // at once: in the second after a SIGTERM it could take the rest
      }
      read_ready(wait_ms);
    }
  }

  bool above_memory_limit() {
    if (command.memory_limit == 0 || outcome.memory_limit != 0) return false;
    const auto now = Clock::now();
    // A look takes 0.2 ms, of a worker's about 2 ms in all; what a process may take in the meantime
    // is what the limit leaves of the machine.
    if (now - memory_seen < std::chrono::milliseconds(250)) return false;
    memory_seen = now;
    return memory_of_tree(pid, entry, command.memory_limit) > command.memory_limit;
  }

  void record(Clock::time_point start) {
    end_group(pid);  // whatever it left behind
    int status = 0;
    rusage usage = {};
    if (wait4(pid, &status, 0, &usage) != pid)
      throw Failure(fmt::format("cannot wait for process {}: {}", pid, std::strerror(errno)));
    outcome.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    outcome.user_seconds = seconds(usage.ru_utime);
    outcome.system_seconds = seconds(usage.ru_stime);
    outcome.max_rss_kib = usage.ru_maxrss;
    outcome.involuntary_switches = usage.ru_nivcsw;
    if (WIFSIGNALED(status))
      outcome.signal = WTERMSIG(status);
    else
      outcome.exit_code = WEXITSTATUS(status);
    end.reset();
    KnownChildren::forget(pid);
    if (command.contain) end_strays(entry);
    read_rest();
  }

  // SIGTERM first so that make can remove half-written targets, SIGKILL a second later.
  void stop(Clock::time_point start) {
    kill(-pid, SIGTERM);
    for (int i = 0; i < 100 && !has_ended(pid, Wait::look); ++i) read_ready(10);
    end_group(pid);
    has_ended(pid, Wait::until_it_ends);
    record(start);
  }
};

Fd open_log(const std::filesystem::path& path) {
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd.open())
    throw Failure(
        fmt::format("{}: cannot write the log: {}", path.string(), system_reason(errno, path)));
  return fd;
}

}  // namespace

std::string Outcome::describe() const {
  if (!started) return start_error;
  if (timed_out) return fmt::format("timed out after {:.0f} s", wall_seconds);
  if (memory_limit != 0) {
    const auto bytes = static_cast<double>(memory_limit);
    return bytes < 1e8 ? fmt::format("took more than {:.0f} MB of memory", bytes / 1e6)
                       : fmt::format("took more than {:.1f} GB of memory", bytes / 1e9);
  }
  if (signal != 0) return fmt::format("killed by signal {} ({})", signal, strsignal(signal));
  return fmt::format("exit status {}", exit_code);
}

Outcome SystemRunner::run(const Command& command) {
  throw_if_stopped();
  Outcome outcome;
  const auto program = resolve_program(command);
  if (!program) {
    outcome.started = false;
    outcome.start_error = fmt::format("cannot run {}: not found on PATH", command.argv.front());
    return outcome;
  }

  Pipe output;
  Pipe result;
  Fd log;
  const bool captures = command.log.empty() || command.capture_stdout_only;
  if (captures) output = Pipe::make();
  if (!command.log.empty()) log = open_log(command.log);
  if (command.result_pipe) result = Pipe::make();
  Pipe failed = Pipe::make();
  Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() < 0)
    throw Failure(fmt::format("/dev/null: {}; mount or make /dev", system_reason(errno)));

  Launch launch;
  launch.program = program->string();
  launch.argv = command.argv;
  if (command.result_pipe) {
    for (auto& word : launch.argv) {
      if (word == "{pipe}") word = std::to_string(result.write.get());
    }
  }
  const std::string mark = next_command_mark();
  const std::string entry = mark_entry(mark);
  launch.environment = environment_strings(command, mark);
  launch.argv_pointers = pointers(launch.argv);
  launch.environment_pointers = pointers(launch.environment);
  launch.cwd =
      command.cwd.empty() ? std::string(where_we_are_gone() ? "/" : "") : command.cwd.string();
  launch.keep = command.inherited_fds;
  if (command.result_pipe) launch.keep.push_back(result.write.get());
  launch.pin = !command.cpus.empty();
  launch.cpus = CpuMask(command.cpus);
  launch.first_to_go = command.memory_limit != 0;
  launch.null_fd = null.get();
  launch.out_fd = captures ? output.write.get() : log.get();
  launch.err_fd = command.log.empty() ? output.write.get() : log.get();
  launch.error_fd = failed.write.get();
  launch.parent = getpid();

  start_reaper();
  std::optional<Contained> containment;
  if (command.contain) containment.emplace();
  const pid_t pid = KnownChildren::fork([] { return ::fork(); });
  if (pid < 0)
    throw Failure(fmt::format("cannot start {}: {}", command.argv.front(), system_reason(errno)));
  if (pid == 0) become(launch);
  setpgid(pid, pid);  // also here: whichever of the two runs first
  output.write.reset();
  result.write.reset();
  failed.write.reset();

  Watch watch{pid, command, outcome, std::move(output.read), std::move(result.read), entry};
  if (const int exec_errno = errno_from(failed.read.get()); exec_errno != 0) {
    waitpid(pid, nullptr, 0);
    KnownChildren::forget(pid);
    outcome.started = false;
    outcome.start_error =
        fmt::format("cannot run {}: {}", program->string(), std::strerror(exec_errno));
    return outcome;
  }
  if (watch.until_exit()) throw Interrupted();
  return outcome;
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return is_runnable(name) ? std::optional<std::filesystem::path>(name) : std::nullopt;
  const char* path = std::getenv("PATH");
  return find_in(path != nullptr ? path : "/usr/bin:/bin", name);
}

std::string shell_quote(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("%+,-./:=@_").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string shell_quote(const std::vector<std::string>& argv) {
  std::string line;
  for (const auto& word : argv) line += (line.empty() ? "" : " ") + shell_quote(word);
  return line;
}

Environment current_environment() {
  Environment result;
  for (char** e = environ; *e != nullptr; ++e) {
    const std::string entry = *e;
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) result[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return result;
}

}  // namespace pytune
