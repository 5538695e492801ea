#include "build/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "build/failure.h"
#include "sys/cpus.h"
#include "sys/duration.h"
#include "sys/error.h"
#include "sys/host.h"
#include "sys/parallel.h"

namespace pytune {
namespace {

struct Task {
  const Recipe* recipe = nullptr;  // the first that needs this stage
  const StageRecipe* stage = nullptr;
  std::vector<StepId> needs;
  enum class State { waiting, running, done, failed } state = State::waiting;
  std::optional<BuildFailure> failure;
};

// What a stage came to.
struct StageOutcome {
  bool cached = false;
  double wall_seconds = 0;
  std::optional<BuildFailure> failure;
};

class Graph {
 public:
  Graph(BuildContext& context, const BuildOrder& order, Listener& listener)
      : context_(context), order_(order), listener_(listener) {
    if (order.indispensable != nullptr)
      for (const StageRecipe* stage : order.indispensable->stages())
        indispensable_.insert(stage->id);
    for (const auto& recipe : order.recipes) {
      std::vector<StepId> earlier;
      for (const StageRecipe* stage : recipe.stages()) {
        if (tasks_.find(stage->id) == tasks_.end()) {
          tasks_[stage->id] = {&recipe, stage, earlier, Task::State::waiting, std::nullopt};
          in_order_.push_back(stage->id);
        }
        earlier.push_back(stage->id);
      }
    }
  }

  void run() {
    const auto threads = static_cast<std::size_t>(std::max(1, order_.parallel));
    in_parallel(threads, threads, [this](std::size_t, std::size_t) { work(); });
  }

  const Task& task(const StepId& id) const { return tasks_.at(id); }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
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
      const std::string text =
          fmt::format("stage {} of {}: {}", ++begun_, tasks_.size(), label(*next));
      lock.unlock();
      try {
        Activity activity(listener_, text);
        const StageOutcome outcome = perform(*next);
        activity.ended(minutes_of(next->stage->id), outcome.cached);
        lock.lock();
        take(*next, outcome);
      } catch (...) {
        if (!lock) lock.lock();
        ending_ = true;
        changed_.notify_all();
        throw;
      }
    }
  }

  void take(Task& task, const StageOutcome& outcome) {
    --running_;
    ++finished_;
    task.failure = outcome.failure;
    task.state = outcome.failure ? Task::State::failed : Task::State::done;
    if (outcome.failure) {
      if (indispensable_.contains(task.stage->id)) abandon(*outcome.failure);
      listener_.line(fmt::format("FAILED {}: {}: {}", label(task), outcome.failure->failure_class,
                                 outcome.failure->message));
    } else if (!outcome.cached) {
      listener_.line(fmt::format("[{}/{}] {} in {}", finished_, tasks_.size(), label(task),
                                 duration_text(outcome.wall_seconds / 60)));
    }
    changed_.notify_all();
  }

  static std::string label(const Task& task) {
    return fmt::format("{} ({})", task.stage->id.kind, task.recipe->name);
  }

  double minutes_of(const StepId& id) const {
    const auto known = order_.minutes.find(id);
    return known == order_.minutes.end() ? 0 : known->second;
  }

  StageOutcome perform(const Task& task) {
    StageOutcome outcome;
    try {
      const Step step = run_stage(context_, *task.recipe, *task.stage);
      outcome.cached = step.cached;
      outcome.wall_seconds = step.details.value("wall_seconds", 0.0);
      if (!step.ok) outcome.failure = failure_of(step);
    } catch (const StageFailed& failed) {
      outcome.failure = failed.failure;
    } catch (const Failure& failure) {
      outcome.failure = BuildFailure{task.stage->id.kind,
                                     "store-error",
                                     failure.what(),
                                     "repair the store or its disk, then run the sweep again",
                                     "",
                                     false};
    }
    return outcome;
  }

  // First stage in plan order whose needs are met; a stage whose need failed fails with it, unrun.
  Task* ready() {
    for (const auto& id : in_order_) {
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
  const BuildOrder& order_;
  Listener& listener_;
  std::map<StepId, Task> tasks_;
  std::vector<StepId> in_order_;
  std::set<StepId> indispensable_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;  // something else than a stage went wrong: begin no more
  int running_ = 0;
  std::size_t begun_ = 0;
  std::size_t finished_ = 0;
};

}  // namespace

std::vector<Build> run_builds(BuildContext& context, const BuildOrder& order, Listener& listener) {
  Graph graph(context, order, listener);
  graph.run();
  std::vector<Build> builds;
  for (const auto& recipe : order.recipes) {
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
  return std::clamp(std::min(usable_cpus(), by_memory), 1, 16);
}

}  // namespace pytune
