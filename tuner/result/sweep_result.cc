#include "result/sweep_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "result/host_record.h"
#include "result/with_evidence.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr int kResultSchema = 1;

constexpr const char* kRace = "race";  // what every sweep has, and nothing else of ours

// Axes in their own order again: a json object sorts its keys.
nlohmann::ordered_json in_axis_order(const JsonView& view) {
  const nlohmann::json& configuration = view.value();
  if (!configuration.is_object()) view.fail("expected an object");
  nlohmann::ordered_json ordered = nlohmann::ordered_json::object();
  for (const std::string& axis : axis_names())
    if (configuration.contains(axis)) ordered[axis] = configuration.at(axis);
  for (const auto& [axis, value] : configuration.items()) ordered[axis] = value;
  return ordered;
}

void require_schema(const nlohmann::json& j) {
  const auto schema = j.is_object() ? j.find("schema") : j.end();
  if (schema == j.end() || !schema->is_number_integer())
    throw UsageError(
        "not a pytune result: it has no schema number; give the JSON of a pytune sweep");
  if (*schema != kResultSchema)
    throw UsageError(
        fmt::format("result schema {} is not {}, the one this pytune reads; use the "
                    "pytune that wrote it, or run the sweep again",
                    schema->dump(), kResultSchema));
}

bool has_figures(const Comparison& comparison) {
  return std::any_of(comparison.arms.begin(), comparison.arms.end(), [](const ArmComparison& arm) {
    return std::any_of(arm.workloads.begin(), arm.workloads.end(),
                       [](const WorkloadComparison& one) { return one.blocks > 0; });
  });
}

constexpr auto sweep_fields(const auto& act) {
  return act(field("id", &SweepResult::id), field("preset", &SweepResult::preset),
             field("created", &SweepResult::created), field("host", &SweepResult::host),
             field("builds", &SweepResult::builds), field("dropped", &SweepResult::dropped),
             later_field("target", &SweepResult::target),
             field("baseline_build", &SweepResult::baseline_build),
             field("system_python", &SweepResult::system_python),
             field("measurement", &SweepResult::measurement), field(kRace, &SweepResult::race),
             field("confirm", &SweepResult::confirm), field("rebuilds", &SweepResult::rebuilds),
             field("numeric", &SweepResult::numeric), optional_field("tests", &SweepResult::tests),
             field("recommendation", &SweepResult::recommendation),
             field("warnings", &SweepResult::warnings),
             field("build_minutes", &SweepResult::build_minutes),
             field("measure_minutes", &SweepResult::measure_minutes));
}

}  // namespace

DEFINE_RECORD(DroppedPoint, no_check<DroppedPoint>,
              field("configuration", &DroppedPoint::configuration, in_axis_order),
              field("reason", &DroppedPoint::reason))

DEFINE_RECORD(Rebuilds, no_check<Rebuilds>, field("builds", &Rebuilds::builds),
              field("measurement", &Rebuilds::measurement),
              field("comparison", &Rebuilds::comparison))

DEFINE_RECORD(NetworkInBf16, no_check<NetworkInBf16>, field("network", &NetworkInBf16::network),
              field("speed", &NetworkInBf16::speed),
              field("difference", &NetworkInBf16::difference), field("rows", &NetworkInBf16::rows),
              field("same_largest", &NetworkInBf16::same_largest),
              field("float32_backend", &NetworkInBf16::float32_backend),
              field("bf16_backend", &NetworkInBf16::bf16_backend))

DEFINE_RECORD(Numeric, no_check<Numeric>, field("measurement", &Numeric::measurement),
              field("comparison", &Numeric::comparison), field("networks", &Numeric::networks))

void to_json(nlohmann::json& j, const SweepResult& result) {
  const Evidence evidence = evidence_of(result);
  j = with_evidence(sweep_fields([&](const auto&... all) { return write_record(result, all...); }),
                    evidence);
  // The level up here stands for the figures that are plain numbers: samples, sizes, seconds.
  j["schema"] = kResultSchema;
  j["evidence"] = name_of(evidence);
  j["recommendation"]["evidence"] = name_of(evidence);
}

void from_view(const JsonView& view, SweepResult& result) {
  sweep_fields([&](const auto&... all) { read_record(view, result, all...); });
}

void from_json(const nlohmann::json& j, SweepResult& result) {
  require_schema(j);
  try {
    from_view(JsonView(j), result);
    // It follows from the race; where nothing ran, there is nothing to follow from.
    if (has_figures(result.race)) JsonView(j).at("evidence").one_of({name_of(evidence_of(result))});
  } catch (const UsageError& error) {
    throw UsageError(
        fmt::format("damaged pytune result ({}); run the sweep again: what is built "
                    "and measured is kept",
                    error.what()));
  }
}

bool is_sweep_result(const nlohmann::json& document) {
  return document.is_object() && document.contains(kRace);
}

Evidence evidence_of(const SweepResult& result) { return evidence_of(result.race.clock); }

int exit_status_of(const SweepResult& result) { return result.recommendation.significant ? 0 : 3; }

}  // namespace pytune
