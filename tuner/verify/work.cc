#include "verify/work.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "sys/error.h"

namespace pytune {
namespace {

class Pool {
 public:
  Pool(const std::vector<Work>& work, Watch& watch)
      : work_(work), watch_(watch), failures_(work.size()) {}

  std::vector<std::string> run(int parallel) {
    const auto threads = std::min(static_cast<std::size_t>(std::max(1, parallel)), work_.size());
    std::vector<std::thread> workers;
    workers.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) workers.emplace_back([this] { take_turns(); });
    for (auto& worker : workers) worker.join();
    if (error_) std::rethrow_exception(error_);
    return std::move(failures_);
  }

 private:
  void take_turns() {
    std::unique_lock lock(mutex_);
    while (!error_ && next_ < work_.size()) {
      const std::size_t mine = next_++;
      const Work& one = work_[mine];
      watch_.started(one.activity);
      lock.unlock();
      bool cached = false;
      std::string failure;
      std::exception_ptr error;
      try {
        cached = one.run();
      } catch (const Failure& reason) {
        failure = reason.what();
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      failures_[mine] = failure;
      if (error && !error_) error_ = error;
      watch_.finished(one.activity, one.minutes, cached);
    }
  }

  const std::vector<Work>& work_;
  Watch& watch_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::vector<std::string> failures_;
  std::exception_ptr error_;
};

}  // namespace

std::vector<std::string> run_work(const std::vector<Work>& work, int parallel, Watch& watch) {
  return Pool(work, watch).run(parallel);
}

}  // namespace pytune
