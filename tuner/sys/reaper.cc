#include "sys/reaper.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>

#include "sys/descendants.h"
#include "sys/process_mark.h"

namespace pytune {
namespace {

// Of the one there is; kept for the end of the program.
pid_t reaper_pid = 0;
pid_t watched_pid = 0;
int alive_pipe = -1;

void close_all_but(int kept) {
  const auto below = static_cast<unsigned>(kept);
  if (syscall(SYS_close_range, below + 1, ~0U, 0) != 0) {  // Linux 5.9
    rlimit files = {};
    getrlimit(RLIMIT_NOFILE, &files);
    const auto most = static_cast<int>(files.rlim_cur < 65536 ? files.rlim_cur : 65536);
    for (int fd = kept + 1; fd < most; ++fd) close(fd);
  }
  for (int fd = 0; fd < kept; ++fd) close(fd);
}

// Between fork and the end only calls that are safe there: pytune may have threads. It has a
// session of its own, so that what ends pytune's process group does not end it, and all signals
// wait.
[[noreturn]] void watch(int alive, const std::string& entry) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  setsid();
  (void)!chdir("/");
  close_all_but(alive);
  prctl(PR_SET_NAME, "pytune-reaper");
  char word = 0;
  ssize_t n = 0;
  do {
    n = read(alive, &word, 1);
  } while (n < 0 && errno == EINTR);
  if (n == 0) end_what_is_left_of(entry);
  _exit(0);
}

// The word says that pytune ended by itself; what its commands left running on purpose stays.
void dismiss_reaper() {
  if (alive_pipe < 0 || getpid() != watched_pid) return;
  (void)!write(alive_pipe, "q", 1);
  close(alive_pipe);
  alive_pipe = -1;
  waitpid(reaper_pid, nullptr, 0);
  KnownChildren::forget(reaper_pid);
}

}  // namespace

void start_reaper() {
  static std::once_flag once;
  std::call_once(once, [] {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    const std::string entry = mark_entry(run_mark());
    const pid_t pid = KnownChildren::fork([] { return ::fork(); });
    if (pid == 0) watch(ends[0], entry);
    close(ends[0]);
    if (pid < 0) {
      close(ends[1]);
      return;
    }
    reaper_pid = pid;
    watched_pid = getpid();
    alive_pipe = ends[1];
    std::atexit(dismiss_reaper);
  });
}

}  // namespace pytune
