// What is verified, where, and with what at hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/stages.h"
#include "build/target.h"
#include "conformance/asked_interpreter.h"
#include "patches/series.h"
#include "spec/configuration.h"
#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"
#include "verify/row.h"

namespace pytune {

struct VerifyOptions {
  bool reduced = false;  // a few minutes: one compiler, the patches together only
  std::string patch;     // this one alone; empty: each alone, and all
  // Of each area of the differential program, and files of CPython's test suite (empty: all). An
  // emulator takes about ten times as long for the same, and has its own.
  struct Inputs {
    long cases = 0;
    std::vector<std::string> tests;
  };
  Inputs native;
  Inputs emulated;
  std::uint64_t seed = 1;  // of the cases
  OptLevel::Value opt = OptLevel::Value::O3;
  int parallel = 1;

  const Inputs& inputs(bool under_emulator) const { return under_emulator ? emulated : native; }
};

// All that the gates share.
struct VerifyContext {
  BuildContext& building;
  const PatchSeries& series;
  std::filesystem::path patches;  // the folder that holds the series and the differential program
  VerifyOptions options;
  Listener& listener;

  Store& store() const { return building.store; }
  ProcessRunner& runner() const { return building.runner; }
};

// What is built and run with patches: one of them, or all.
struct Variant {
  std::string patch;  // GateRow::patch; also the value of the axis `patches`
  std::vector<Patch> patches;
};

// A compiler that builds for this machine or for the target.
struct Place {
  std::string compiler;  // "gcc-12"
  const Target* target = nullptr;
};

// What was built in one place.
struct PlaceBuilds {
  Place place;
  std::string name;              // GateRow::place
  std::string problem;           // why there is nothing; empty: there is `plain`
  std::optional<Recipe> recipe;  // of the unpatched build
  Build plain;
  struct Patched {
    Variant variant;
    std::optional<Recipe> recipe;
    Build build;          // when `problem` is empty
    std::string problem;  // why it was not built
  };
  std::vector<Patched> patched;

  // The build of this variant; null: there is none.
  const Patched* of(const std::string& patch) const;
};

// The build of a place that a gate looks at; null, with a row that says why it is skipped, where
// there is none.
const PlaceBuilds::Patched* checked_or_skipped(const PlaceBuilds& place, const std::string& gate,
                                               std::vector<GateRow>& rows);

// A row's log as a step of its own.
std::string keep_log(Store& store, const GateRow& row, const std::string& text);

}  // namespace pytune
