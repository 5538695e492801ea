#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "campaign/cross_target.h"
#include "campaign/phase_runner.h"
#include "source/source.h"
#include "spec/sweep.h"

namespace pytune {

// What a sweep that has something to build does while another run measures on its CPUs. To measure
// it waits in any case.
enum class OthersMeasure { build_beside, wait, refuse };

// All that a user asks for of a sweep.
struct SweepRequest {
  SweepSpec spec;  // options that overrule the definition are in it already
  SourceRequest source;
  TargetRequest target;  // its name is the definition's; also: whether anything may be fetched
  std::optional<double> budget_minutes = {};
  int only_first = 0;  // at most so many configurations; 0: all
  int parallel = 1;    // build stages at once
  std::chrono::seconds stage_timeout{std::chrono::hours(3)};
  std::string system_python = {};  // --system-python
  std::uint64_t seed = 1;
  OthersMeasure others_measure = OthersMeasure::build_beside;
  bool own_tests = true;  // CPython's, on what is to be recommended (campaign/qualify.h)
  std::filesystem::path pyperf_wheel = {};
  std::vector<std::string> training = {};  // a user's programs, to train builds with besides

  MeasureRequest measuring() const {
    const bool at_once = others_measure == OthersMeasure::refuse;
    return {spec.measure, seed, at_once ? WhenBusy::fail : WhenBusy::wait, pyperf_wheel};
  }
};

}  // namespace pytune
