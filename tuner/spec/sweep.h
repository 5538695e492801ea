// A sweep definition: what to try, on what, measured how. JSON in builds/, validated with key-path
// errors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spec/configuration.h"

namespace pytune {

struct NamedConfiguration {
  std::string name;  // "debian"; empty: shown as its difference to the baseline
  Configuration configuration;
};

struct AxisChoices {
  std::string axis;
  std::vector<std::string> values;  // at least one; for the compiler also "gcc-*" and "clang-*"
};

struct MeasureSettings {
  int rounds = 15;          // of the race: every live build on every workload
  int confirm_rounds = 15;  // fresh rounds of winner against baseline after the choice; 0: none
  // So often the winner and the baseline are built anew, with another link order and other
  // training, and measured for confirm_rounds; 0, or 2 to 20.
  int rebuilds = 0;
  int values = 3;  // per process
  int warmups = 1;
  // Seconds per value. Processes differ by more than values of one process do (address layout,
  // bursts of other machines' work), so many short ones tell more in the same time than few long
  // ones: on one noisy virtual machine 6 rounds took 66 s instead of 248 s with 0.1, and their
  // intervals were half as wide.
  double min_time = 0.02;
  int timeout = 120;          // seconds per worker process
  bool system_python = true;  // measure the machine's own python3 beside the builds
  // Of bf16mm's networks (ext/networks.json) on all builds, beside the suite and without a say in
  // the choice: a build of the interpreter hardly moves them, so many rounds would be wasted. 0:
  // not measured.
  int numeric_rounds = 3;
};

inline constexpr int kMostRebuilds = 20;
// What is wrong with `rebuilds`, beside the other settings; nothing when it is good.
std::optional<std::string> rebuilds_problem(const MeasureSettings& measure);

struct SweepSpec {
  std::string name;  // file name without .json
  std::string description;
  std::string source = "debian:3.13";
  std::string target;             // a profile of profiles/cpus; empty: this machine
  std::string suite = "builtin";  // a suite in profiles/workloads/, or a path to a manifest
  Configuration baseline;
  std::vector<NamedConfiguration> configurations;  // tried as they are, first
  std::vector<AxisChoices> axes;  // the product of these over the baseline, after those
  int max_configurations = 0;     // 0: all feasible ones
  MeasureSettings measure;
};

// `file` names the definition in messages: `builds/x.json: axes.lto[1]: unknown value "thn"; did
// you mean "thin"?`. Throws UsageError.
SweepSpec parse_sweep(const std::string& text, const std::string& file);
SweepSpec load_sweep(const std::filesystem::path& file);

// Every point of the definition, in order, each configuration once. The compiler axis may still
// hold "gcc-*", which `expand_compiler` turns into names. Throws UsageError past 100 000 points.
std::vector<NamedConfiguration> enumerate_points(const SweepSpec& spec,
                                                 const std::vector<std::string>& gccs,
                                                 const std::vector<std::string>& clangs);

}  // namespace pytune
