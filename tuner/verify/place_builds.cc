#include "verify/place_builds.h"

#include <fmt/format.h>

#include <algorithm>

#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;

const PlaceBuilds::Patched* PlaceBuilds::of(const std::string& patch) const {
  const auto found = std::find_if(patched.begin(), patched.end(), [&](const Patched& one) {
    return one.variant.patch == patch && one.problem.empty();
  });
  return found == patched.end() ? nullptr : &*found;
}

// The last variant stands for all that is verified: it is all patches, or the only one.
const PlaceBuilds::Patched* checked_or_skipped(const PlaceBuilds& place, const std::string& gate,
                                               std::vector<GateRow>& rows) {
  const std::string patch = place.patched.empty() ? kSeriesRow : place.patched.back().variant.patch;
  const PlaceBuilds::Patched* checked = place.problem.empty() ? place.of(patch) : nullptr;
  if (checked != nullptr) return checked;
  const std::string& why = !place.problem.empty()  ? place.problem
                           : place.patched.empty() ? "nothing is to be built there"
                                                   : place.patched.back().problem;
  rows.push_back({gate, place.name, patch, GateOutcome::skipped, why, ""});
  return nullptr;
}

std::string keep_log(Store& store, const GateRow& row, const std::string& text) {
  const nlohmann::json inputs = {
      {"gate", row.gate}, {"place", row.place}, {"patch", row.patch}, {"log", sha256(text)}};
  const Step step = store.produce({"gate", step_key(inputs)}, inputs, [&](const fs::path& staging) {
    write_file_atomic(staging / "log.txt", text);
    return StepResult{row.outcome != GateOutcome::failed, {{"row", row}}};
  });
  return (step.directory / "log.txt").string();
}

}  // namespace pytune
