#include "sys/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace pytune {

void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t i, std::size_t thread)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr first;
  const auto take_turns = [&](std::size_t thread) {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i, thread);
      } catch (...) {
        next = count;
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
    }
  };
  std::vector<std::jthread> others;  // joined also where one cannot be started
  const std::size_t wanted = std::min(threads, count);
  for (std::size_t thread = 1; thread < wanted; ++thread) others.emplace_back(take_turns, thread);
  take_turns(0);
  others.clear();
  if (first) std::rethrow_exception(first);
}

}  // namespace pytune
