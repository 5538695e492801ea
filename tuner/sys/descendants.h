// What a child process starts in its turn: how much memory it takes, and that it ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace pytune {

// Children that were forked on purpose, so that the others can be told from them.
class KnownChildren {
 public:
  // Forks as `start` does and remembers the child; nobody looks for strays meanwhile.
  static pid_t fork(const std::function<pid_t()>& start);
  static void forget(pid_t pid);  // after it was waited for
};

// A command whose descendants end with it. While there is one, a descendant whose parent ends
// becomes our child, also one that left its process group and session (prctl(2),
// PR_SET_CHILD_SUBREAPER): a stray. Several commands may be contained at once, on threads of their
// own; a stray is the command's whose mark it carries, and, where it has cleared its environment,
// of the only one that there is.
class Contained {
 public:
  Contained();
  Contained(const Contained&) = delete;
  Contained& operator=(const Contained&) = delete;
  ~Contained();
};

// Ends (SIGKILL) and reaps the strays of the command whose environment has `entry`, and what comes
// to us from those. Gives up after two seconds: a process may hang in the kernel.
void end_strays(const std::string& entry);

// Of `pid`, its descendants and its strays: the sum of their resident memory, and where that is
// above `limit` the sum of their shares (PSS), as forked processes hold pages in common. Costs a
// few system calls per process, so it may be asked ten times a second beside a measurement.
std::uint64_t memory_of_tree(pid_t pid, const std::string& entry, std::uint64_t limit);

}  // namespace pytune
