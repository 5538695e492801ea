#include "sys/inheritance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "sys/error.h"

namespace pytune {
namespace {

constexpr int kAboveSignals = 65;  // they are 1 to 64: signal(7)
constexpr std::size_t kStackBytes = std::size_t{8} << 20U;
// Below these pytune fails in the middle of something, or not even with a message.
constexpr rlim_t kLeastFiles = 64;
constexpr rlim_t kLeastStack = rlim_t{1} << 20U;

struct Limit {
  __rlimit_resource resource;
  rlim_t wanted;
};
constexpr std::array<Limit, 2> kRaised = {{{RLIMIT_NOFILE, 4096}, {RLIMIT_STACK, kStackBytes}}};

struct Inheritance {
  bool taken = false;
  mode_t umask = 022;
  sigset_t blocked = {};
  std::array<bool, kAboveSignals> ignored{};
  std::array<rlimit, kRaised.size()> limits{};
  rlimit core = {};
};

Inheritance inherited;

// open() takes the lowest number that is free, and those below are open already.
void open_standard_streams() {
  for (int fd = 0; fd < 3; ++fd)
    if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

void settle_signals() {
  for (int signal = 1; signal < kAboveSignals; ++signal) {
    struct sigaction action = {};
    inherited.ignored.at(static_cast<std::size_t>(signal)) =
        sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    if (inherited_ignored(signal) && signal != SIGHUP && signal != SIGINT)
      std::signal(signal, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &inherited.blocked);
}

// Only as far as everybody may.
void raise_limits() {
  for (std::size_t i = 0; i < kRaised.size(); ++i) {
    rlimit& before = inherited.limits.at(i);
    if (getrlimit(kRaised.at(i).resource, &before) != 0) continue;
    rlimit now = before;
    now.rlim_cur = std::max(before.rlim_cur, std::min(before.rlim_max, kRaised.at(i).wanted));
    setrlimit(kRaised.at(i).resource, &now);
  }
  if (getrlimit(RLIMIT_CORE, &inherited.core) != 0) return;
  const rlimit none = {0, inherited.core.rlim_max};
  setrlimit(RLIMIT_CORE, &none);
}

// glibc has taken the limit as it was for that of new threads, and 2 MiB where there was none.
void give_threads_a_stack() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

}  // namespace

void settle_inheritance() {
  open_standard_streams();
  settle_signals();
  raise_limits();
  give_threads_a_stack();
  inherited.umask = umask(022);
  inherited.taken = true;
}

void require_limits() {
  rlimit files = {};
  rlimit stack = {};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < kLeastFiles)
    throw UsageError(fmt::format(
        "no more than {} open files are allowed here, and pytune needs {}: raise the limit "
        "(ulimit -n)",
        files.rlim_cur, kLeastFiles));
  if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < kLeastStack)
    throw UsageError(
        fmt::format("no more than {} KiB of stack are allowed here, and pytune needs {}: raise the "
                    "limit (ulimit -s)",
                    stack.rlim_cur >> 10U, kLeastStack >> 10U));
}

mode_t inherited_umask() { return inherited.umask; }

bool inherited_ignored(int signal) {
  return inherited.ignored.at(static_cast<std::size_t>(signal));
}

void give_back_inheritance() noexcept {
  if (!inherited.taken) return;
  for (int signal = 1; signal < kAboveSignals; ++signal) {
    struct sigaction action = {};
    action.sa_handler = inherited.ignored.at(static_cast<std::size_t>(signal)) ? SIG_IGN : SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  for (std::size_t i = 0; i < kRaised.size(); ++i)
    setrlimit(kRaised.at(i).resource, &inherited.limits.at(i));
  setrlimit(RLIMIT_CORE, &inherited.core);
  umask(inherited.umask);
  sigprocmask(SIG_SETMASK, &inherited.blocked, nullptr);
}

}  // namespace pytune
