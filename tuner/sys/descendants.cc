#include "sys/descendants.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sys/process_mark.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

// Held while a child is forked: between that and its entry it would be taken for a stray.
std::mutex known_mutex;
std::set<pid_t> known;  // NOLINT(cert-err58-cpp): an empty set
int contained = 0;      // commands

// proc(5), children: "12 13 14 ", for each thread. Missing on kernels without CONFIG_PROC_CHILDREN.
std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code gone;
  for (auto it = fs::directory_iterator(fmt::format("/proc/{}/task", pid), gone);
       !gone && it != fs::directory_iterator(); it.increment(gone)) {
    std::ifstream in(it->path() / "children");
    for (pid_t child = 0; in >> child;) children.push_back(child);
  }
  return children;
}

// proc(5), stat: "pid (name) state ppid ...", where the name may hold anything.
pid_t parent_of(const fs::path& process) {
  std::ifstream in(process / "stat");
  std::string line;
  std::getline(in, line);
  const std::size_t end = line.rfind(')');
  pid_t parent = 0;
  if (end == std::string::npos || end + 4 > line.size()) return 0;
  std::from_chars(line.data() + end + 4, line.data() + line.size(), parent);
  return parent;
}

// All our children, also where the kernel does not list them.
std::vector<pid_t> own_children() {
  if (access("/proc/thread-self/children", R_OK) == 0) return children_of(getpid());
  std::vector<pid_t> children;
  std::error_code error;
  for (auto it = fs::directory_iterator("/proc", error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().filename();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid > 0 && parent_of(it->path()) == getpid()) children.push_back(pid);
  }
  return children;
}

// Also ended ones, which have no environment any more, are reaped here.
std::vector<pid_t> strays_among(const std::vector<pid_t>& children, const std::string& entry) {
  const std::string of_this_run = mark_entry(run_mark());
  std::vector<pid_t> strays;
  for (const pid_t pid : children) {
    if (known.contains(pid) || waitpid(pid, nullptr, WNOHANG) == pid) continue;
    if (carries(pid, entry) || (contained == 1 && !carries(pid, of_this_run)))
      strays.push_back(pid);
  }
  return strays;
}

std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/statm", pid));
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  in >> all >> resident;
  return in ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t share_bytes(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/smaps_rollup", pid));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Pss:"))
      return std::strtoull(line.c_str() + 4, nullptr, 10) * std::uint64_t{1024};
  }
  return resident_bytes(pid);
}

}  // namespace

pid_t KnownChildren::fork(const std::function<pid_t()>& start) {
  const std::scoped_lock guard(known_mutex);
  const pid_t pid = start();
  if (pid > 0) known.insert(pid);
  return pid;
}

void KnownChildren::forget(pid_t pid) {
  const std::scoped_lock guard(known_mutex);
  known.erase(pid);
}

Contained::Contained() {
  const std::scoped_lock guard(known_mutex);
  ++contained;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Contained::~Contained() {
  const std::scoped_lock guard(known_mutex);
  if (--contained == 0) prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void end_strays(const std::string& entry) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (true) {
    {
      const std::scoped_lock guard(known_mutex);
      const auto strays = strays_among(own_children(), entry);
      if (strays.empty()) return;
      for (const pid_t pid : strays) kill(pid, SIGKILL);
    }
    if (std::chrono::steady_clock::now() > until) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::uint64_t memory_of_tree(pid_t pid, const std::string& entry, std::uint64_t limit) {
  std::vector<pid_t> tree = {pid};
  {
    const std::scoped_lock guard(known_mutex);
    const auto strays = strays_among(children_of(getpid()), entry);
    tree.insert(tree.end(), strays.begin(), strays.end());
  }
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto children = children_of(tree[i]);
    tree.insert(tree.end(), children.begin(), children.end());
  }
  std::uint64_t resident = 0;
  for (const pid_t one : tree) resident += resident_bytes(one);
  if (resident <= limit) return resident;
  std::uint64_t shares = 0;
  for (const pid_t one : tree) shares += share_bytes(one);
  return shares;
}

}  // namespace pytune
