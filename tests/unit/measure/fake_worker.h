// Stand-ins for pyperf workers, shared by the tests of the measure room.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "measure/worker.h"
#include "sys/process.h"

namespace pytune::measure_test {

// Answers every command with a function, and keeps the commands.
class FakeRunner : public ProcessRunner {
 public:
  using Answer = std::function<Outcome(const Command&)>;
  explicit FakeRunner(Answer answer) : answer_(std::move(answer)) {}
  Outcome run(const Command& command) override {
    {
      const std::lock_guard lock(mutex_);  // lanes run at once
      commands.push_back(command);
    }
    return answer_(command);
  }
  std::vector<Command> commands;

 private:
  std::mutex mutex_;
  Answer answer_;
};

// What pyperf 2.10.0 sends: a run's metadata moves to the top of a file that has only one run.
inline nlohmann::json worker_document(const std::string& name, long loops, int warmups,
                                      std::vector<double> values) {
  nlohmann::json run = {{"values", std::move(values)}};
  if (warmups > 0) {
    run["warmups"] = nlohmann::json::array();
    for (int i = 0; i < warmups; ++i) {
      run["warmups"].push_back({loops, 0.5});
    }
  }
  return {{"version", "1.0"},
          {"metadata", {{"name", name}, {"loops", loops}, {"unit", "second"}}},
          {"benchmarks", nlohmann::json::array({{{"runs", nlohmann::json::array({run})}}})}};
}

inline Outcome sends(const std::string& bytes) {
  Outcome outcome;
  outcome.piped = bytes;
  outcome.wall_seconds = 0.25;
  outcome.user_seconds = 0.125;
  outcome.system_seconds = 0.0625;
  outcome.max_rss_kib = 9000;
  outcome.involuntary_switches = 3;
  return outcome;
}

inline Outcome exits(int code, const std::string& output = "") {
  Outcome outcome;
  outcome.exit_code = code;
  outcome.output = output;
  return outcome;
}

inline std::string option(const Command& command, const std::string& name) {
  for (std::size_t i = 0; i + 1 < command.argv.size(); ++i) {
    if (command.argv[i] == name) {
      return command.argv[i + 1];
    }
  }
  return "";
}

// "/suite/nbody.py" -> "nbody"
inline std::string workload_of(const Command& command) {
  return std::filesystem::path(command.argv.at(1)).stem().string();
}

// A worker that does as it is told and takes 1 s per loop.
inline Outcome good_worker(const Command& command) {
  const std::vector<double> values(static_cast<std::size_t>(std::stoi(option(command, "-n"))), 1.0);
  return sends(worker_document(workload_of(command), std::stol(option(command, "-l")),
                               std::stoi(option(command, "-w")), values)
                   .dump());
}

inline Workload workload(const std::string& name, long loops = 2) {
  return {name, "/suite/" + name + ".py", "pure-python", loops};
}

inline Arm arm(const std::string& id) {
  return {id, "label of " + id, {"/builds/" + id + "/bin/python3"}, Arm::Role::candidate};
}

}  // namespace pytune::measure_test
