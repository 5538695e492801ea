#include "measure/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <set>

#include "input/text.h"
#include "measure/emulated_counts.h"

// Records may come from another machine, another version, or a broken disk: reading checks every
// type and range, so that analyze/ never meets a NaN, a negative time, or an arm that does not
// exist.
namespace pytune {
namespace {

constexpr std::size_t kMostArms = 10'000;
constexpr std::size_t kMostRecordedValues = 100'000;
constexpr std::size_t kLongestRecordedName = 100;
constexpr std::size_t kLongestText = 8192;
constexpr double kLongestTime = 1e9;  // seconds
constexpr std::size_t kMostRecordedEvents = 1000;
constexpr long kLargestRecordedCount = long{1} << 60;
constexpr long kMostMemory =
    long{1} << 42;  // KiB; far enough from the end of long to be multiplied by 1024

constexpr PositiveNumbers kTimes{kMostRecordedValues, kLongestTime};

std::map<std::string, Count> read_counters(const JsonView& view) {
  std::map<std::string, Count> counters;
  for (const auto& [event, count] : view.members(kMostRecordedEvents)) {
    if (!is_plain_name(event) || event.size() > kLongestRecordedName)
      view.fail("an event without a proper name");
    counters[event] = value_of<Count>(count);
  }
  return counters;
}

void check_sample(const JsonView& view, const Sample& sample) {
  const bool counted = sample.counters.contains(kInstructions);  // under an emulator
  if (sample.error.empty() && sample.wall_values.empty() && !counted)
    view.at("wall_values").fail("empty, but the sample has no error");
  if (!sample.cpu_values.empty() && sample.cpu_values.size() != sample.wall_values.size())
    view.at("cpu_values").fail("not as many as wall_values");
}

// Every arm at most once, and every place once.
void check_block(const JsonView& view, const Block& block) {
  std::set<std::string> arms;
  std::set<int> positions;
  for (const Sample& sample : block.samples) {
    const bool first = arms.insert(sample.arm).second && positions.insert(sample.position).second;
    if (!first || sample.position >= static_cast<int>(block.samples.size()))
      view.at("samples").fail(fmt::format("arm \"{}\" at position {} does not fit the others",
                                          sample.arm, sample.position));
  }
}

JsonView element(const JsonView& view, const char* list, std::size_t i) {
  return view.at(list).elements(kMostRecordedElements)[i];
}

std::string not_among(const std::string& name, const char* list) {
  return fmt::format("\"{}\" is not among the {}", name, list);
}

template <class Named>
std::set<std::string> names_once(const std::vector<Named>& all, std::string Named::* name,
                                 const JsonView& view, const char* list, const char* key) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!names.insert(all[i].*name).second)
      element(view, list, i).at(key).fail(fmt::format("\"{}\" a second time", all[i].*name));
  return names;
}

void check_measurement(const JsonView& view, const Measurement& measurement) {
  const auto arms = names_once(measurement.arms, &Arm::id, view, "arms", "id");
  const auto workloads =
      names_once(measurement.workloads, &Workload::name, view, "workloads", "name");
  for (std::size_t i = 0; i < measurement.blocks.size(); ++i) {
    const Block& block = measurement.blocks[i];
    if (!workloads.contains(block.workload))
      element(view, "blocks", i).at("workload").fail(not_among(block.workload, "workloads"));
    for (const Sample& sample : block.samples)
      if (!arms.contains(sample.arm))
        element(view, "blocks", i).at("samples").fail(not_among(sample.arm, "arms"));
  }
  // A program may be skipped whose benchmarks are the workloads.
  for (std::size_t i = 0; i < measurement.skipped.size(); ++i)
    if (!arms.contains(measurement.skipped[i].arm))
      element(view, "skipped", i).at("arm").fail(not_among(measurement.skipped[i].arm, "arms"));
}

}  // namespace

const Skipped* find_skipped(const std::vector<Skipped>& skipped, const std::string& workload,
                            const std::string& arm) {
  const auto found = std::find_if(skipped.begin(), skipped.end(), [&](const Skipped& one) {
    return one.workload == workload && one.arm == arm;
  });
  return found == skipped.end() ? nullptr : &*found;
}

DEFINE_RECORD(Arm, no_check<Arm>, field("id", &Arm::id, Name{kLongestRecordedName}),
              field("label", &Arm::label, Text{kLongestText}), inlined(&Arm::interpreter),
              field("role", &Arm::role))

DEFINE_RECORD(Count, no_check<Count>,
              field("value", &Count::value, Whole{0L, kLargestRecordedCount}),
              field("running", &Count::running, Real{0, 100}))

DEFINE_RECORD(Sample, check_sample, field("arm", &Sample::arm, Name{kLongestRecordedName}),
              field("position", &Sample::position, Whole{0, static_cast<int>(kMostArms)}),
              field("wall_values", &Sample::wall_values, kTimes),
              field("cpu_values", &Sample::cpu_values, kTimes),
              field("process_wall_seconds", &Sample::process_wall_seconds, Real{0, kLongestTime}),
              field("process_cpu_seconds", &Sample::process_cpu_seconds, Real{0, kLongestTime}),
              field("max_rss_kib", &Sample::max_rss_kib, Whole{0L, kMostMemory}),
              field("involuntary_switches", &Sample::involuntary_switches, Whole{0L, LONG_MAX}),
              field("error", &Sample::error, Text{kLongestText}),
              optional_field("per_cpu_seconds", &Sample::per_cpu_seconds, kTimes),
              optional_field("counters", &Sample::counters, read_counters),
              optional_field("python", &Sample::python))

DEFINE_RECORD(Block, check_block, field("round", &Block::round, Whole{0, 1'000'000}),
              field("phase", &Block::phase),
              field("workload", &Block::workload, Name{kLongestRecordedName}),
              field("hash_seed", &Block::hash_seed, Whole{0, INT_MAX}),
              field("padding_bytes", &Block::padding_bytes, Whole{0, 1 << 16}),
              field("steal_seconds", &Block::steal_seconds, Real{0, kLongestTime}),
              field("load1", &Block::load1, Real{0, 1e6}), field("samples", &Block::samples),
              optional_field("cpu_megahertz", &Block::cpu_megahertz, Real{0, 1e6}),
              optional_field("celsius", &Block::celsius, Real{0, 1e6}))

DEFINE_RECORD(Skipped, no_check<Skipped>,
              field("workload", &Skipped::workload, Name{kLongestRecordedName}),
              field("arm", &Skipped::arm, Name{kLongestRecordedName}),
              field("reason", &Skipped::reason, NonemptyText{kLongestText}))

DEFINE_RECORD(Measurement, check_measurement, field("arms", &Measurement::arms),
              field("workloads", &Measurement::workloads), field("blocks", &Measurement::blocks),
              field("notes", &Measurement::notes), later_field("skipped", &Measurement::skipped))

}  // namespace pytune
