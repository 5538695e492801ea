// Where an interpreter spends its time: one worker process under `perf record`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "measure/worker.h"
#include "perf/script.h"
#include "sys/process.h"

namespace pytune {

// How the stacks of an interpreter are taken.
struct ProfileMode {
  std::string interpreter_option;  // of -X: "perf", "perf_jit", or empty: C frames only
  std::string call_graph;          // of perf record: "fp", "dwarf,32768"
  std::string words;               // for people: "frame pointers, Python frames"
};

struct Profile {
  SampledStacks stacks;
  ProfileMode mode;
  std::string event;  // "cycles:u", or "cpu-clock:u" where there are no hardware counters
};

class Profiler {
 public:
  // Files of perf's are made in `directory` for as long as each is read. Throws Failure, with a
  // remedy, when perf is not there or not permitted.
  Profiler(ProcessRunner& runner, WorkerManager& workers, std::filesystem::path directory);

  // One worker process. On an interpreter's first workload the ways to take stacks are tried in
  // turn, until enough stacks reach the start of their thread: -X perf with frame pointers (CPython
  // 3.12), -X perf_jit with DWARF (3.13), frame pointers or DWARF without Python frames. Throws
  // Failure with the reason.
  Profile profile(const Arm& arm, const Workload& workload);

 private:
  std::string choose_event();
  bool has_trampoline(const Arm& arm, const std::string& option);
  std::vector<ProfileMode> modes_of(const Arm& arm);
  Profile record(const Arm& arm, const Workload& workload, const ProfileMode& mode);
  SampledStacks read(const std::filesystem::path& data);
  Outcome run_perf(std::vector<std::string> words);

  ProcessRunner& runner_;
  WorkerManager& workers_;
  std::filesystem::path directory_;
  std::string perf_;
  std::string event_;
  std::map<std::string, ProfileMode> chosen_;  // by interpreter
};

}  // namespace pytune
