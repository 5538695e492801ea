#include <array>
#include <atomic>
#include <csignal>
#include <initializer_list>

#include "sys/error.h"
#include "sys/inheritance.h"
#include "sys/process.h"

namespace pytune {
namespace {

// Set by a signal handler and by threads, read by others: a sig_atomic_t is for the first alone.
std::atomic<bool> stop_flag = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not take a lock");

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};

void on_stop_signal(int) { stop_flag = true; }

// nohup ignores SIGHUP for what it starts, and a shell SIGINT for what runs in the background.
bool is_meant(int signal) { return signal == SIGTERM || !inherited_ignored(signal); }

}  // namespace

void install_stop_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  for (const int signal : kStopSignals)
    if (is_meant(signal)) sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  // Writing then fails with a reason, which is told: a closed pipe, a limit on the size of files.
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &action, nullptr);
}

void end_at_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  for (const int signal : kStopSignals)
    if (is_meant(signal)) sigaction(signal, &action, nullptr);
}

StopsHeld::StopsHeld() {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : kStopSignals) sigaddset(&held, signal);
  pthread_sigmask(SIG_BLOCK, &held, &before_);
}
StopsHeld::~StopsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool stop_requested() { return stop_flag; }
void request_stop() { stop_flag = true; }
void clear_stop_request() { stop_flag = false; }
void throw_if_stopped() {
  if (stop_requested()) throw Interrupted();
}

}  // namespace pytune
