// A sweep definition: what to try, on what, measured how. JSON in builds/, validated with key-path
// errors.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spec/configuration.h"
#include "spec/measure_settings.h"

namespace pytune {

struct NamedConfiguration {
  std::string name;  // "debian"; empty: shown as its difference to the baseline
  Configuration configuration;
  std::string about = {};  // a sentence: who builds so, where that stands, as of when; may be empty
  std::string architecture = {};  // that it is for: "x86_64", "aarch64"; empty: all
  bool alternative = false;       // one of SweepSpec::first_of
};

struct AxisChoices {
  std::string axis;
  std::vector<std::string> values;  // at least one; for the compiler also "gcc-*" and "clang-*"
};

struct SweepSpec {
  std::string name;  // file name without .json
  std::string description;
  std::string source = "debian:newest";
  std::string target;             // a profile of profiles/cpus; empty: this machine
  std::string suite = "builtin";  // a suite in profiles/workloads/, or a path to a manifest
  Configuration baseline;
  std::vector<NamedConfiguration> configurations;  // tried as they are, first
  std::vector<NamedConfiguration> first_of;        // of these the first that can be built here
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
