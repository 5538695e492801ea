// Records of the room as JSON. Reading checks every type and range: a record may come from another
// machine or version.
#include "input/json.h"

#include <climits>
#include <string_view>

#include "analyze/comparison.h"
#include "analyze/rebuilds.h"
#include "analyze/recommendation.h"
#include "sys/error.h"

namespace pytune {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRows = 10'000;
constexpr std::size_t kLongestText = 8192;
constexpr double kLargest = 1e50;

bool read_bool(const JsonView& value) {
  if (!value.value().is_boolean()) {
    value.fail("expected true or false");
  }
  return value.value().get<bool>();
}

std::vector<std::string> read_texts(const JsonView& value) {
  std::vector<std::string> texts;
  for (const JsonView& element : value.elements(kMostRows)) {
    texts.push_back(element.text(kLongestText));
  }
  return texts;
}

Interval read_interval(const JsonView& value) {
  Interval interval;
  interval.estimate = value.at("estimate").number(0, kLargest);
  interval.low = value.at("low").number(0, kLargest);
  interval.high = value.at("high").number(0, kLargest);
  if (interval.low > interval.estimate || interval.estimate > interval.high) {
    value.fail("expected low <= estimate <= high");
  }
  return interval;
}

Verdict read_verdict(const JsonView& value) {
  const std::string name = value.one_of({"faster", "slower", "equivalent", "cannot tell"});
  for (const Verdict verdict : {Verdict::faster, Verdict::slower, Verdict::equivalent}) {
    if (name == to_string(verdict)) {
      return verdict;
    }
  }
  return Verdict::cannot_tell;
}

WorkloadComparison read_workload(const JsonView& value) {
  return {value.at("workload").text(kLongestText), read_interval(value.at("speed")),
          value.at("blocks").small_integer(0, INT_MAX)};
}

ArmComparison read_arm(const JsonView& value) {
  ArmComparison arm;
  arm.arm = value.at("arm").text(kLongestText);
  if (value.has("rounds")) arm.rounds = value.at("rounds").small_integer(0, INT_MAX);
  arm.speed = read_interval(value.at("speed"));
  arm.wall_speed = read_interval(value.at("wall_speed"));
  arm.verdict = read_verdict(value.at("verdict"));
  arm.minutes_to_tell = value.at("minutes_to_tell").number(0, kLargest);
  arm.max_rss_kib = value.at("max_rss_kib").integer(0, LONG_MAX);
  arm.clocks_disagree = read_bool(value.at("clocks_disagree"));
  for (const JsonView& workload : value.at("workloads").elements(kMostRows)) {
    arm.workloads.push_back(read_workload(workload));
  }
  return arm;
}

std::vector<Interval> read_intervals(const JsonView& value) {
  std::vector<Interval> intervals;
  for (const JsonView& element : value.elements(kMostRows)) {
    intervals.push_back(read_interval(element));
  }
  return intervals;
}

Contribution read_contribution(const JsonView& value) {
  return {value.at("axis").text(kLongestText), value.at("from").text(kLongestText),
          value.at("to").text(kLongestText), read_interval(value.at("speed")),
          value.at("basis").text(kLongestText)};
}

json workload_json(const WorkloadComparison& workload) {
  return {{"workload", workload.workload}, {"speed", workload.speed}, {"blocks", workload.blocks}};
}

json arm_json(const ArmComparison& arm) {
  json workloads = json::array();
  for (const WorkloadComparison& workload : arm.workloads) {
    workloads.push_back(workload_json(workload));
  }
  return {{"arm", arm.arm},
          {"rounds", arm.rounds},
          {"speed", arm.speed},
          {"wall_speed", arm.wall_speed},
          {"verdict", to_string(arm.verdict)},
          {"minutes_to_tell", arm.minutes_to_tell},
          {"max_rss_kib", arm.max_rss_kib},
          {"clocks_disagree", arm.clocks_disagree},
          {"workloads", std::move(workloads)}};
}

json contribution_json(const Contribution& contribution) {
  return {{"axis", contribution.axis},
          {"from", contribution.from},
          {"to", contribution.to},
          {"speed", contribution.speed},
          {"basis", contribution.basis}};
}

}  // namespace

void to_json(json& j, const Interval& interval) {
  j = {{"estimate", interval.estimate}, {"low", interval.low}, {"high", interval.high}};
}

void from_json(const json& j, Interval& interval) { interval = read_interval(JsonView(j)); }

void to_json(json& j, const Comparison& comparison) {
  json arms = json::array();
  for (const ArmComparison& arm : comparison.arms) {
    arms.push_back(arm_json(arm));
  }
  j = {{"clock", comparison.clock},           {"baseline", comparison.baseline},
       {"confidence", comparison.confidence}, {"copy_bound", comparison.copy_bound},
       {"rounds", comparison.rounds},         {"arms", std::move(arms)},
       {"warnings", comparison.warnings}};
}

void from_json(const json& j, Comparison& comparison) {
  const JsonView value(j);
  Comparison read;
  read.clock = value.at("clock").one_of({"cpu", "wall", "instructions"});
  read.baseline = value.at("baseline").text(kLongestText);
  read.confidence = value.at("confidence").number(0, 1);
  read.copy_bound = value.at("copy_bound").number(0, kLargest);
  read.rounds = value.at("rounds").small_integer(0, INT_MAX);
  for (const JsonView& arm : value.at("arms").elements(kMostRows)) {
    read.arms.push_back(read_arm(arm));
  }
  read.warnings = read_texts(value.at("warnings"));
  comparison = std::move(read);
}

void to_json(json& j, const RebuildComparison& comparison) {
  j = {{"speed", comparison.speed},
       {"confidence", comparison.confidence},
       {"verdict", to_string(comparison.verdict)},
       {"winner_spread", comparison.winner_spread},
       {"baseline_spread", comparison.baseline_spread},
       {"winner", comparison.winner},
       {"baseline", comparison.baseline}};
}

void from_json(const json& j, RebuildComparison& comparison) {
  const JsonView value(j);
  RebuildComparison read;
  read.speed = read_interval(value.at("speed"));
  read.confidence = value.at("confidence").number(0, 1);
  read.verdict = read_verdict(value.at("verdict"));
  read.winner_spread = value.at("winner_spread").number(0, kLargest);
  read.baseline_spread = value.at("baseline_spread").number(0, kLargest);
  read.winner = read_intervals(value.at("winner"));
  read.baseline = read_intervals(value.at("baseline"));
  comparison = std::move(read);
}

void to_json(json& j, const Recommendation& recommendation) {
  json contributions = json::array();
  for (const Contribution& contribution : recommendation.contributions) {
    contributions.push_back(contribution_json(contribution));
  }
  j = {{"significant", recommendation.significant},
       {"arm", recommendation.arm},
       {"speed", recommendation.speed},
       {"confirmed", recommendation.confirmed},
       {"contributions", std::move(contributions)},
       {"regressions", recommendation.regressions},
       {"evidence", recommendation.evidence}};
  if (recommendation.rebuilds > 0) {
    j["rebuilds"] = recommendation.rebuilds;
  }
  if (recommendation.against_system) {
    j["against_system"] = *recommendation.against_system;
  }
}

void from_json(const json& j, Recommendation& recommendation) {
  const JsonView value(j);
  Recommendation read;
  read.significant = read_bool(value.at("significant"));
  read.arm = value.at("arm").text(kLongestText);
  read.speed = read_interval(value.at("speed"));
  read.confirmed = read_bool(value.at("confirmed"));
  if (value.has("rebuilds")) read.rebuilds = value.at("rebuilds").small_integer(0, INT_MAX);
  if (value.has("against_system")) {
    read.against_system = read_interval(value.at("against_system"));
  }
  for (const JsonView& contribution : value.at("contributions").elements(kMostRows)) {
    read.contributions.push_back(read_contribution(contribution));
  }
  read.regressions = read_texts(value.at("regressions"));
  read.evidence = value.at("evidence").one_of({"measured", "counted", "modelled"});
  recommendation = std::move(read);
}

}  // namespace pytune
