#include "conformance/tasks.h"

#include <algorithm>

#include "sys/error.h"
#include "sys/parallel.h"

namespace pytune {

std::vector<std::string> run_tasks(const std::vector<Task>& tasks, int parallel,
                                   Listener& listener) {
  const int threads = std::max(1, parallel);
  std::vector<std::string> failures(tasks.size());
  in_parallel(tasks.size(), static_cast<std::size_t>(threads), [&](std::size_t i, std::size_t) {
    const Task& one = tasks[i];
    Activity activity(listener, one.activity);
    bool cached = false;
    try {
      cached = one.run();
    } catch (const Failure& reason) {
      failures[i] = reason.what();
    }
    activity.ended(one.minutes / threads, cached);
  });
  return failures;
}

}  // namespace pytune
