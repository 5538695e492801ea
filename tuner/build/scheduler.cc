#include "build/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "build/failure.h"
#include "sys/error.h"
#include "sys/host.h"

namespace pytune {
namespace {

struct Task {
  const Recipe* recipe = nullptr;  // the first that needs this stage
  const StageRecipe* stage = nullptr;
  std::vector<StepId> needs;
  enum class State { waiting, running, done, failed } state = State::waiting;
  std::optional<BuildFailure> failure;
};

class Graph {
 public:
  Graph(BuildContext& context, const std::vector<Recipe>& recipes, const BuildEvents& events,
        const Recipe* indispensable)
      : context_(context), events_(events) {
    if (indispensable != nullptr)
      for (const StageRecipe* stage : indispensable->stages()) indispensable_.insert(stage->id);
    for (const auto& recipe : recipes) {
      std::vector<StepId> earlier;
      for (const StageRecipe* stage : recipe.stages()) {
        if (tasks_.find(stage->id) == tasks_.end()) {
          tasks_[stage->id] = {&recipe, stage, earlier, Task::State::waiting, std::nullopt};
          order_.push_back(stage->id);
        }
        earlier.push_back(stage->id);
      }
    }
  }

  void run(int parallel) {
    std::vector<std::thread> workers;
    workers.reserve(static_cast<std::size_t>(parallel));
    for (int i = 0; i < parallel; ++i) workers.emplace_back([this] { work(); });
    for (auto& worker : workers) worker.join();
    if (error_) std::rethrow_exception(error_);
  }

  const Task& task(const StepId& id) const { return tasks_.at(id); }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (!error_) {
      Task* next = ready();
      if (next == nullptr) {
        if (finished()) {
          changed_.notify_all();  // ready() may just have failed what the others wait for
          return;
        }
        changed_.wait(lock);
        continue;
      }
      if (running_ == 0) context_.jobs.refill();
      ++running_;
      next->state = Task::State::running;
      const StageReport before{next->stage, next->recipe->name, true, false, 0, std::nullopt};
      if (events_.started) events_.started(before);
      lock.unlock();
      StageReport report = before;
      try {
        report = perform(*next);
      } catch (...) {
        lock.lock();
        --running_;
        if (!error_) error_ = std::current_exception();
        changed_.notify_all();
        return;
      }
      lock.lock();
      --running_;
      next->failure = report.failure;
      next->state = report.ok ? Task::State::done : Task::State::failed;
      if (!report.ok && indispensable_.contains(next->stage->id)) abandon(*report.failure);
      if (events_.finished) events_.finished(report);
      changed_.notify_all();
    }
  }

  StageReport perform(const Task& task) {
    StageReport report{task.stage, task.recipe->name, true, false, 0, std::nullopt};
    try {
      const Step step = run_stage(context_, *task.recipe, *task.stage);
      report.cached = step.cached;
      report.wall_seconds = step.details.value("wall_seconds", 0.0);
      if (!step.ok) report.failure = failure_of(step);
    } catch (const StageFailed& failed) {
      report.failure = failed.failure;
    } catch (const Failure& failure) {
      report.failure = BuildFailure{task.stage->id.kind,
                                    "store-error",
                                    failure.what(),
                                    "repair the store or its disk, then run the sweep again",
                                    "",
                                    false};
    }
    report.ok = !report.failure.has_value();
    return report;
  }

  // First stage in plan order whose needs are met; a stage whose need failed fails with it, unrun.
  Task* ready() {
    for (const auto& id : order_) {
      Task& candidate = tasks_.at(id);
      if (candidate.state != Task::State::waiting) continue;
      bool met = true;
      for (const auto& need : candidate.needs) {
        const Task& earlier = tasks_.at(need);
        if (earlier.state == Task::State::failed) {
          candidate.state = Task::State::failed;
          candidate.failure = earlier.failure;
        }
        met = met && earlier.state == Task::State::done;
      }
      if (met && candidate.state == Task::State::waiting) return &candidate;
    }
    return nullptr;
  }

  void abandon(const BuildFailure& failure) {
    for (auto& [id, task] : tasks_) {
      if (task.state != Task::State::waiting) continue;
      task.state = Task::State::failed;
      task.failure = failure;
    }
  }

  bool finished() const {
    return std::all_of(tasks_.begin(), tasks_.end(), [](const auto& entry) {
      return entry.second.state == Task::State::done || entry.second.state == Task::State::failed;
    });
  }

  BuildContext& context_;
  const BuildEvents& events_;
  std::map<StepId, Task> tasks_;
  std::vector<StepId> order_;
  std::set<StepId> indispensable_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::exception_ptr error_;
  int running_ = 0;
};

}  // namespace

std::vector<Build> run_builds(BuildContext& context, const std::vector<Recipe>& recipes,
                              int parallel, const BuildEvents& events,
                              const Recipe* indispensable) {
  Graph graph(context, recipes, events, indispensable);
  graph.run(std::max(1, parallel));
  std::vector<Build> builds;
  for (const auto& recipe : recipes) {
    const Task& last = graph.task(recipe.build.id);
    if (last.failure) {
      builds.push_back(failed_build(recipe, context.source, *last.failure));
      continue;
    }
    const auto step = context.store.find(recipe.build.id);
    if (!step) throw Failure("a finished build vanished from the store; run the sweep again");
    builds.push_back(read_build(*step));
    builds.back().name = recipe.name;  // two definitions may name one configuration differently
  }
  return builds;
}

int default_parallel_builds() {
  const Host host = read_host();
  const auto by_memory = static_cast<int>(host.available_memory_bytes / (std::uint64_t{3} << 29U));
  return std::clamp(std::min(host.cpus, by_memory), 1, 16);
}

}  // namespace pytune
