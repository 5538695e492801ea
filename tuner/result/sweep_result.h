// Everything one sweep came to, in one value; console, JSON and recommendation forms are made from
// it alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analyze/comparison.h"
#include "analyze/evidence.h"
#include "analyze/rebuilds.h"
#include "analyze/recommendation.h"
#include "build/build.h"
#include "input/record.h"
#include "measure/sample.h"
#include "result/tested_build.h"
#include "sys/host.h"

namespace pytune {

struct DroppedPoint {
  nlohmann::ordered_json configuration;  // canonical
  std::string reason;
};
DECLARE_RECORD(DroppedPoint);

// The winner and the baseline made anew.
struct Rebuilds {
  std::vector<Build> builds;  // in turns of the two; failed ones too
  Measurement measurement;    // the baseline's first build, then those that worked
  std::optional<RebuildComparison> comparison;  // nothing when too few worked
};
DECLARE_RECORD(Rebuilds);

// One network in bf16 against the same one in float32, on the baseline.
struct NetworkInBf16 {
  std::string network;
  Interval speed;               // time in float32 divided by time in bf16
  double difference = 0;        // of the outputs: root mean square, as a share of float32's
  long rows = 0;                // of outputs
  long same_largest = 0;        // rows whose largest output is the same one in both
  std::string float32_backend;  // of bf16mm
  std::string bf16_backend;
};
DECLARE_RECORD(NetworkInBf16);

// What bf16mm's networks came to: beside the suite, without a say in the choice.
struct Numeric {
  Measurement measurement;
  Comparison comparison;
  std::vector<NetworkInBf16> networks;
};
DECLARE_RECORD(Numeric);

struct SweepResult {
  std::string id;
  std::string preset;  // name of the definition
  std::string created;
  Host host;
  std::vector<Build> builds;  // failed ones too
  std::vector<DroppedPoint> dropped;
  std::string target;          // name of the CPU profile that was built for; empty: this machine
  std::string baseline_build;  // Build::id
  std::string system_python;   // "/usr/bin/python3 (3.11.2)"; empty when there is none
  // Arm::id is Build::id for builds, kCopyArm and kSystemArm for the other two.
  Measurement measurement;
  Comparison race;
  std::optional<Comparison> confirm;
  std::optional<Rebuilds> rebuilds;
  std::optional<Numeric> numeric;
  // Builds that were to be recommended, in order; the last one passed, if any. Empty: --no-tests,
  // or none was faster.
  std::vector<TestedBuild> tests;
  Recommendation recommendation;
  std::vector<std::string> warnings;
  double build_minutes = 0;
  double measure_minutes = 0;
};
// Every interval in it carries its evidence level.
DECLARE_RECORD(SweepResult);

// Whether a document of ours says that it is one, by what every sweep has; its fields are not
// checked.
bool is_sweep_result(const nlohmann::json& document);

// The level of all its figures.
Evidence evidence_of(const SweepResult& result);

// Exit status: 0 a significant winner, 3 none.
int exit_status_of(const SweepResult& result);

}  // namespace pytune
