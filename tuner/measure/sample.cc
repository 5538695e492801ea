#include "measure/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <set>
#include <stdexcept>

#include "input/json.h"
#include "input/text.h"

// Records may come from another machine, another version, or a broken disk: reading checks every
// type and range, so that analyze/ never meets a NaN, a negative time, or an arm that does not
// exist.
namespace pytune {
namespace {

using nlohmann::json;

constexpr std::size_t kMostArms = 10'000;
constexpr std::size_t kMostRecordedWorkloads = 10'000;
constexpr std::size_t kMostRecordedBlocks = 10'000'000;
constexpr std::size_t kMostRecordedValues = 100'000;
constexpr std::size_t kMostRecordedWords = 1000;  // of a workload's arguments, and the like
constexpr std::size_t kLongestRecordedName = 100;
constexpr std::size_t kLongestRecordedText = 8192;
constexpr double kLongestTime = 1e9;  // seconds
constexpr std::size_t kMostRecordedEvents = 1000;
constexpr long kLargestRecordedCount = long{1} << 60;
constexpr long kMostMemory =
    long{1} << 42;  // KiB; far enough from the end of long to be multiplied by 1024

const char* role_name(Arm::Role role) {
  switch (role) {
    case Arm::Role::baseline:
      return "baseline";
    case Arm::Role::copy:
      return "copy";
    case Arm::Role::candidate:
      return "candidate";
    case Arm::Role::reference:
      return "reference";
  }
  throw std::logic_error("unknown role");
}

Arm::Role read_role(const JsonView& value) {
  const std::string name = value.one_of({"baseline", "copy", "candidate", "reference"});
  for (const Arm::Role role : {Arm::Role::baseline, Arm::Role::copy, Arm::Role::reference}) {
    if (name == role_name(role)) {
      return role;
    }
  }
  return Arm::Role::candidate;
}

Arm read_arm(const JsonView& value) {
  Arm arm;
  arm.id = value.at("id").name(kLongestRecordedName);
  arm.label = value.at("label").text(kLongestRecordedText);
  arm.python = value.at("python").nonempty_text(kLongestRecordedText);
  arm.role = read_role(value.at("role"));
  if (value.has("minor")) arm.minor = value.at("minor").small_integer(0, 1000);
  arm.python_path = value.words("python_path", kMostRecordedWords, kLongestRecordedText);
  if (value.has("root")) arm.root = value.at("root").text(kLongestRecordedText);
  return arm;
}

std::map<std::string, Count> read_counters(const JsonView& value) {
  value.has("");  // throws unless it is an object
  if (value.value().size() > kMostRecordedEvents)
    value.fail("more events than any processor counts");
  std::map<std::string, Count> counters;
  for (const auto& [event, ignored] : value.value().items()) {
    if (!is_plain_name(event) || event.size() > kLongestRecordedName)
      value.fail("an event without a proper name");
    const JsonView count = value.at(event);
    counters[event] = {count.at("value").integer(0, kLargestRecordedCount),
                       count.at("running").number(0, 100)};
  }
  return counters;
}

Sample read_sample(const JsonView& value) {
  Sample sample;
  sample.arm = value.at("arm").name(kLongestRecordedName);
  sample.position = value.at("position").small_integer(0, static_cast<int>(kMostArms));
  sample.wall_values = value.at("wall_values").positive_numbers(kMostRecordedValues, kLongestTime);
  sample.cpu_values = value.at("cpu_values").positive_numbers(kMostRecordedValues, kLongestTime);
  sample.process_wall_seconds = value.at("process_wall_seconds").number(0, kLongestTime);
  sample.process_cpu_seconds = value.at("process_cpu_seconds").number(0, kLongestTime);
  sample.max_rss_kib = value.at("max_rss_kib").integer(0, kMostMemory);
  sample.involuntary_switches = value.at("involuntary_switches").integer(0, LONG_MAX);
  if (value.has("per_cpu_seconds"))
    sample.per_cpu_seconds =
        value.at("per_cpu_seconds").positive_numbers(kMostRecordedValues, kLongestTime);
  sample.error = value.at("error").text(kLongestRecordedText);
  if (value.has("counters")) sample.counters = read_counters(value.at("counters"));
  const bool counted = sample.counters.contains("instructions");  // under an emulator
  if (sample.error.empty() && sample.wall_values.empty() && !counted) {
    value.at("wall_values").fail("empty, but the sample has no error");
  }
  if (!sample.cpu_values.empty() && sample.cpu_values.size() != sample.wall_values.size()) {
    value.at("cpu_values").fail("not as many as wall_values");
  }
  return sample;
}

// Every arm at most once, and every place once.
void check_places(const JsonView& value, const std::vector<Sample>& samples) {
  std::set<std::string> arms;
  std::set<int> positions;
  for (const Sample& sample : samples) {
    const bool first = arms.insert(sample.arm).second && positions.insert(sample.position).second;
    if (!first || sample.position >= static_cast<int>(samples.size())) {
      value.fail(fmt::format("arm \"{}\" at position {} does not fit the others", sample.arm,
                             sample.position));
    }
  }
}

Block read_block(const JsonView& value) {
  Block block;
  block.round = value.at("round").small_integer(0, 1'000'000);
  block.phase = value.at("phase").name(kLongestRecordedName);
  block.workload = value.at("workload").name(kLongestRecordedName);
  block.hash_seed = value.at("hash_seed").small_integer(0, INT_MAX);
  block.padding_bytes = value.at("padding_bytes").small_integer(0, 1 << 16);
  block.steal_seconds = value.at("steal_seconds").number(0, kLongestTime);
  block.load1 = value.at("load1").number(0, 1e6);
  if (value.has("cpu_megahertz")) block.cpu_megahertz = value.at("cpu_megahertz").number(0, 1e6);
  if (value.has("celsius")) block.celsius = value.at("celsius").number(0, 1e6);
  for (const JsonView& sample : value.at("samples").elements(kMostArms)) {
    block.samples.push_back(read_sample(sample));
  }
  check_places(value.at("samples"), block.samples);
  return block;
}

std::map<std::string, std::string> read_texts(const JsonView& value) {
  value.has("");  // throws unless it is an object
  std::map<std::string, std::string> texts;
  for (const auto& [name, ignored] : value.value().items())
    texts[name] = value.at(name).text(kLongestRecordedText);
  return texts;
}

Workload read_workload(const JsonView& value) {
  Workload workload;
  workload.name = value.at("name").name(kLongestRecordedName);
  workload.script = value.at("script").nonempty_text(kLongestRecordedText);
  workload.kind = value.at("kind").nonempty_text(kLongestRecordedName);
  workload.loops = value.at("loops").integer(0, long{1} << 32);
  if (value.has("benchmark"))
    workload.benchmark = value.at("benchmark").nonempty_text(kLongestRecordedText);
  if (value.has("task")) workload.task = value.at("task").small_integer(0, 1000);
  workload.arguments = value.words("arguments", kMostRecordedWords, kLongestRecordedText);
  if (value.has("environment")) workload.environment = read_texts(value.at("environment"));
  workload.requirements = value.words("requirements", kMostRecordedWords, kLongestRecordedText);
  if (value.has("oldest_minor"))
    workload.oldest_minor = value.at("oldest_minor").small_integer(0, 1000);
  workload.build = value.words("build", kMostRecordedWords, kLongestRecordedText);
  if (value.has("needs")) workload.needs = read_texts(value.at("needs"));
  if (value.has("clock")) workload.clock = value.at("clock").one_of({"wall"});
  return workload;
}

Skipped read_skipped(const JsonView& value) {
  return {value.at("workload").name(kLongestRecordedName),
          value.at("arm").name(kLongestRecordedName),
          value.at("reason").nonempty_text(kLongestRecordedText)};
}

void insert_once(std::set<std::string>& names, const std::string& name, const JsonView& value) {
  if (!names.insert(name).second) {
    value.fail(fmt::format("\"{}\" a second time", name));
  }
}

void check_names(const Block& block, const std::set<std::string>& arms,
                 const std::set<std::string>& workloads, const JsonView& value) {
  if (!workloads.contains(block.workload)) {
    value.at("workload").fail(fmt::format("\"{}\" is not among the workloads", block.workload));
  }
  for (const Sample& sample : block.samples) {
    if (!arms.contains(sample.arm)) {
      value.at("samples").fail(fmt::format("\"{}\" is not among the arms", sample.arm));
    }
  }
}

Measurement read_measurement(const JsonView& value) {
  Measurement all;
  std::set<std::string> arms;
  std::set<std::string> workloads;
  for (const JsonView& arm : value.at("arms").elements(kMostArms)) {
    all.arms.push_back(read_arm(arm));
    insert_once(arms, all.arms.back().id, arm.at("id"));
  }
  for (const JsonView& workload : value.at("workloads").elements(kMostRecordedWorkloads)) {
    all.workloads.push_back(read_workload(workload));
    insert_once(workloads, all.workloads.back().name, workload.at("name"));
  }
  for (const JsonView& block : value.at("blocks").elements(kMostRecordedBlocks)) {
    all.blocks.push_back(read_block(block));
    check_names(all.blocks.back(), arms, workloads, block);
  }
  for (const JsonView& note : value.at("notes").elements(kMostRecordedBlocks)) {
    all.notes.push_back(note.text(kLongestRecordedText));
  }
  if (!value.has("skipped")) return all;  // of a pytune that knew no skipping
  for (const JsonView& one : value.at("skipped").elements(kMostRecordedBlocks)) {
    all.skipped.push_back(read_skipped(one));
    if (!arms.contains(all.skipped.back().arm))
      one.at("arm").fail(fmt::format("\"{}\" is not among the arms", all.skipped.back().arm));
  }
  return all;
}

}  // namespace

const Skipped* find_skipped(const std::vector<Skipped>& skipped, const std::string& workload,
                            const std::string& arm) {
  const auto found = std::find_if(skipped.begin(), skipped.end(), [&](const Skipped& one) {
    return one.workload == workload && one.arm == arm;
  });
  return found == skipped.end() ? nullptr : &*found;
}

void to_json(json& j, const Arm& arm) {
  j = {{"id", arm.id}, {"label", arm.label}, {"python", arm.python}, {"role", role_name(arm.role)}};
  if (arm.minor != 0) j["minor"] = arm.minor;
  if (!arm.python_path.empty()) j["python_path"] = arm.python_path;
  if (!arm.root.empty()) j["root"] = arm.root;
}

void from_json(const json& j, Arm& arm) { arm = read_arm(JsonView(j)); }

void to_json(json& j, const Sample& sample) {
  j = {{"arm", sample.arm},
       {"position", sample.position},
       {"wall_values", sample.wall_values},
       {"cpu_values", sample.cpu_values},
       {"process_wall_seconds", sample.process_wall_seconds},
       {"process_cpu_seconds", sample.process_cpu_seconds},
       {"max_rss_kib", sample.max_rss_kib},
       {"involuntary_switches", sample.involuntary_switches},
       {"error", sample.error}};
  if (!sample.per_cpu_seconds.empty()) j["per_cpu_seconds"] = sample.per_cpu_seconds;
  // Records without counters are as they were before there were any.
  for (const auto& [event, count] : sample.counters)
    j["counters"][event] = {{"value", count.value}, {"running", count.running}};
}

void from_json(const json& j, Sample& sample) { sample = read_sample(JsonView(j)); }

void to_json(json& j, const Block& block) {
  j = {{"round", block.round},
       {"phase", block.phase},
       {"workload", block.workload},
       {"hash_seed", block.hash_seed},
       {"padding_bytes", block.padding_bytes},
       {"steal_seconds", block.steal_seconds},
       {"load1", block.load1},
       {"samples", block.samples}};
  if (block.cpu_megahertz > 0) j["cpu_megahertz"] = block.cpu_megahertz;
  if (block.celsius > 0) j["celsius"] = block.celsius;
}

void from_json(const json& j, Block& block) { block = read_block(JsonView(j)); }

void to_json(json& j, const Workload& workload) {
  j = {{"name", workload.name},
       {"script", workload.script},
       {"kind", workload.kind},
       {"loops", workload.loops}};
  // What few workloads have is left out where it says nothing.
  if (!workload.benchmark.empty()) j["benchmark"] = workload.benchmark;
  if (workload.task != 0) j["task"] = workload.task;
  if (!workload.arguments.empty()) j["arguments"] = workload.arguments;
  if (!workload.environment.empty()) j["environment"] = workload.environment;
  if (!workload.requirements.empty()) j["requirements"] = workload.requirements;
  if (workload.oldest_minor != 0) j["oldest_minor"] = workload.oldest_minor;
  if (!workload.build.empty()) j["build"] = workload.build;
  if (!workload.needs.empty()) j["needs"] = workload.needs;
  if (!workload.clock.empty()) j["clock"] = workload.clock;
}

void from_json(const json& j, Workload& workload) { workload = read_workload(JsonView(j)); }

void to_json(json& j, const Skipped& skipped) {
  j = {{"workload", skipped.workload}, {"arm", skipped.arm}, {"reason", skipped.reason}};
}

void from_json(const json& j, Skipped& skipped) { skipped = read_skipped(JsonView(j)); }

void to_json(json& j, const Measurement& measurement) {
  j = {{"arms", measurement.arms},
       {"workloads", measurement.workloads},
       {"blocks", measurement.blocks},
       {"notes", measurement.notes},
       {"skipped", measurement.skipped}};
}

void from_json(const json& j, Measurement& measurement) {
  measurement = read_measurement(JsonView(j));
}

}  // namespace pytune
