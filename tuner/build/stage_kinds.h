// What is known of each stage of a build, in one table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pytune {

enum class StageKind { configure, instrument, train, compile, bolt, finish };

struct StageFacts {
  StageKind kind;
  // Of its steps in the store, and of its commands in a record.
  std::string_view name;
  // What it takes where the store has no record of one yet: of 3.13 by gcc 12 with -O3 on a 2.3 GHz
  // Xeon.
  double cpu_minutes;
  std::uint64_t bytes;
  // Made anew for a rebuild (Recipe::rebuild); else it is shared with the first build.
  bool of_rebuilds;
  // Whether `store prune` takes it: it is made again, if need be, from what stays. A training takes
  // minutes of its own, its profile takes a few megabytes, and packages carry it.
  bool prunable;
};

inline constexpr std::uint64_t kMebibyte = 1U << 20U;
inline constexpr std::array<StageFacts, 6> kStages{{
    {StageKind::configure, "configure", 0.9, 12 * kMebibyte, false, true},
    {StageKind::instrument, "instrument", 4.0, 260 * kMebibyte, false, true},
    {StageKind::train, "train", 0.7, 12 * kMebibyte, true, false},
    {StageKind::compile, "compile", 3.6, 250 * kMebibyte, true, true},
    {StageKind::bolt, "bolt", 2.0, 60 * kMebibyte, true, true},
    {StageKind::finish, "build", 0.3, 40 * kMebibyte, true, false},
}};

constexpr const StageFacts& facts_of(StageKind kind) {
  return *std::find_if(kStages.begin(), kStages.end(),
                       [&](const StageFacts& one) { return one.kind == kind; });
}

inline std::string stage_name(StageKind kind) { return std::string(facts_of(kind).name); }

}  // namespace pytune
