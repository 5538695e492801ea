// What measuring yields: samples in blocks. A plain data room: measure/ writes these, analyze/
// reads them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace pytune {

// One interpreter under measurement.
struct Arm {
  std::string id;      // short and unique in the run: "baseline", "baseline-copy", "system", or a
                       // configuration id
  std::string label;   // for people: "gcc-12 O3 pgo=training lto=full no-pie"
  std::string python;  // absolute path of the interpreter
  enum class Role { baseline, copy, candidate, reference } role = Role::candidate;
  // baseline: every ratio is against it. copy: byte-identical to the baseline (the A/A arm); its
  // spread is the bound below which nothing is believed. reference: reported, never recommended
  // (the machine's own python3).
  int minor = 0;  // 13: Python 3.13; 0: not known
  // Directories of packages that were installed for it alone.
  std::vector<std::string> python_path = {};
  // Of an interpreter that runs under an emulator: the folder that holds its system's files, which
  // are looked for there first. Empty: this machine's.
  std::string root = {};
};

// What the processor counted of one event in user space: what twice as many loops took more.
struct Count {
  long value = 0;
  // Percent of the time that a counter was there for it. Below 100 the machine had fewer counters
  // than events, and perf has scaled `value` up (multiplexing): an estimate.
  double running = 100;
};

// One fresh process of one arm on one workload.
struct Sample {
  std::string arm;
  int position = 0;                 // place in its block, from 0
  std::vector<double> wall_values;  // seconds per loop, one per value, warm-ups left out
  std::vector<double>
      cpu_values;  // likewise in process CPU time; empty when the interpreter could not say
  double process_wall_seconds = 0;  // whole process, start-up included
  double process_cpu_seconds = 0;   // user + system, wait4
  long max_rss_kib = 0;             // peak of this program alone; 0 when it could not say
  long involuntary_switches = 0;
  std::string error;  // empty: a good sample
  // When one worker ran on each CPU at once: their seconds per loop.
  std::vector<double> per_cpu_seconds = {};
  // By event name (measure/perf_events.h), in the phase "counters" only: its times are disturbed.
  // Of a worker that ran under an emulator instead: what all its loops executed
  // (emulator/instruction_kinds.h), start-up left out; such a sample has no times.
  std::map<std::string, Count> counters = {};
};

// Every live arm once on one workload, in one random order, under the same hash seed and
// environment padding.
struct Block {
  int round = 0;      // from 0
  std::string phase;  // "race", "confirm", or "counters", whose times are of no use
  std::string workload;
  int hash_seed = 0;
  int padding_bytes = 0;
  double steal_seconds = 0;  // of all CPUs while the block ran (/proc/stat)
  double load1 = 0;
  std::vector<Sample> samples;
  double cpu_megahertz =
      0;               // as the block ended, of the CPUs measured on; 0: the kernel does not say
  double celsius = 0;  // likewise, of the warmest thermal zone
};

// Stands for all benchmarks of a script, as long as it is not known which there are.
inline constexpr const char* kEveryBenchmark = "*";

// One benchmark of a pyperf script.
struct Workload {
  std::string name;            // unique in its suite, and fit for a file name
  std::string script;          // absolute path
  std::string kind;            // "pure-python", "numeric"
  long loops = 0;              // calibrated on the baseline, then frozen for every arm; 0: not yet
  std::string benchmark = {};  // what the script calls it, where that is not `name`
  int task = 0;                // which of the script's benchmarks: pyperf's --worker-task
  std::vector<std::string> arguments = {};              // words for the script itself
  std::map<std::string, std::string> environment = {};  // of its workers, the same for every arm
  // As pip reads them; empty: the standard library will do.
  std::vector<std::string> requirements = {};
  int oldest_minor = 0;  // 12: needs Python 3.12 or later
  // Compiled for each interpreter before measuring (measure/environment.h): a program, then the
  // files it is given.
  std::vector<std::string> build = {};
  // Files that must be here, and what to say where one is not.
  std::map<std::string, std::string> needs = {};
  // "wall": its work is done by several processes or threads, whose CPU time nobody waits for.
  // Empty: the clock of the whole comparison.
  std::string clock = {};
};

// A workload that an interpreter cannot run, which is no fault of either.
struct Skipped {
  std::string workload;
  std::string arm;  // the baseline: no arm was measured on it, for there is nothing to compare with
  std::string reason;  // one line
};

struct Measurement {
  std::vector<Arm> arms;
  std::vector<Workload> workloads;
  std::vector<Block> blocks;
  std::vector<std::string> notes;  // "workload x dropped: ..." and the like
  std::vector<Skipped> skipped = {};
};

// Why this arm does not run this workload; null when it does.
const Skipped* find_skipped(const std::vector<Skipped>& skipped, const std::string& workload,
                            const std::string& arm);

void to_json(nlohmann::json& j, const Arm& arm);
void from_json(const nlohmann::json& j, Arm& arm);
void to_json(nlohmann::json& j, const Sample& sample);
void from_json(const nlohmann::json& j, Sample& sample);
void to_json(nlohmann::json& j, const Block& block);
void from_json(const nlohmann::json& j, Block& block);
void to_json(nlohmann::json& j, const Workload& workload);
void from_json(const nlohmann::json& j, Workload& workload);
void to_json(nlohmann::json& j, const Skipped& skipped);
void from_json(const nlohmann::json& j, Skipped& skipped);
void to_json(nlohmann::json& j, const Measurement& measurement);
void from_json(const nlohmann::json& j, Measurement& measurement);

}  // namespace pytune
