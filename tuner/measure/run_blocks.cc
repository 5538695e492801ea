#include "measure/run_blocks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <stdexcept>

#include "input/json.h"
#include "input/text.h"
#include "machine/host_noise.h"
#include "measure/block_file.h"
#include "measure/block_order.h"
#include "measure/count_events.h"
#include "measure/count_workload.h"
#include "measure/seeded_random.h"
#include "sys/error.h"
#include "sys/parallel.h"

namespace pytune {
namespace {

constexpr std::string_view kNotRun = "not run: ";
constexpr std::size_t kFailuresToGiveUp = 2;
constexpr std::uint64_t kPaddingBound =
    4096;  // one page: what the stack's start can move by within it

// What is known of the failures of one arm on one workload.
struct Failures {
  std::vector<int> rounds;
  std::size_t samples = 0;  // good and bad
  std::string first_error;
  std::string workload;
  std::string arm;
};

bool was_run(const Sample& sample) { return !sample.error.starts_with(kNotRun); }

// Failures by workload and arm, in order of first appearance: notes are read top to bottom.
class FailureTable {
 public:
  // True when this sample is the one that makes the arm be given up.
  bool add(const Block& block, const Sample& sample) {
    Failures& entry = find(block.workload, sample.arm);
    ++entry.samples;
    if (sample.error.empty() || !was_run(sample)) {
      return false;
    }
    if (entry.rounds.empty()) {
      entry.first_error = sample.error;
    }
    entry.rounds.push_back(block.round);
    return entry.rounds.size() == kFailuresToGiveUp;
  }

  const Failures* given_up(const std::string& workload, const std::string& arm) const {
    const auto found = index_.find({workload, arm});
    if (found == index_.end()) return nullptr;
    const Failures& entry = entries_[found->second];
    return entry.rounds.size() >= kFailuresToGiveUp ? &entry : nullptr;
  }

  const std::vector<Failures>& entries() const { return entries_; }

 private:
  Failures& find(const std::string& workload, const std::string& arm) {
    const auto [place, is_new] = index_.try_emplace({workload, arm}, entries_.size());
    if (is_new) {
      entries_.push_back({{}, 0, "", workload, arm});
    }
    return entries_[place->second];
  }

  std::map<std::pair<std::string, std::string>, std::size_t> index_;
  std::vector<Failures> entries_;
};

void check_plan(const BlockPlan& plan) {
  std::set<std::string> arms;
  std::set<std::string> workloads;
  for (const Arm& arm : plan.arms) {
    if (!is_plain_name(arm.id) || !arms.insert(arm.id).second) {
      throw std::invalid_argument(
          fmt::format("arm id \"{}\" is not a plain and unique name", arm.id));
    }
  }
  for (const Workload& workload : plan.workloads) {
    if (!is_plain_name(workload.name) || !workloads.insert(workload.name).second) {
      throw std::invalid_argument(
          fmt::format("workload \"{}\" is not a plain and unique name", workload.name));
    }
  }
}

class BlockRun {
 public:
  BlockRun(WorkerManager& manager, const BlockPlan& plan, const std::filesystem::path& directory,
           Listener& listener)
      : manager_(manager), plan_(plan), directory_(directory), listener_(listener) {}

  std::vector<Block> run() {
    std::vector<Block> blocks;
    const auto rounds = static_cast<std::size_t>(std::max(plan_.rounds - plan_.first_round, 0));
    total_ = rounds * static_cast<std::size_t>(
                          std::count_if(plan_.workloads.begin(), plan_.workloads.end(),
                                        [&](const Workload& w) { return !arms_of(w).empty(); }));
    for (int round = plan_.first_round; round < plan_.rounds; ++round) {
      for (Block& block : run_round(round)) {
        blocks.push_back(std::move(block));
      }
    }
    return blocks;
  }

 private:
  // The lanes take the round's blocks in turn. What failed in a round is taken into account by the
  // next, so that the lanes' pace decides nothing.
  std::vector<Block> run_round(int round) {
    std::vector<std::size_t> order = workload_order(round);
    std::erase_if(order, [&](std::size_t i) { return arms_of(plan_.workloads[i]).empty(); });
    const auto lanes = cpus_of_lanes(manager_.settings());
    std::vector<Block> blocks(order.size());
    std::vector<char> measured(order.size(), 0);
    in_parallel(order.size(), lanes.size(), [&](std::size_t i, std::size_t lane) {
      bool now = false;
      blocks[i] = provide(round, plan_.workloads[order[i]], lanes[lane], now);
      measured[i] = now ? 1 : 0;
    });
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      count_failures(blocks[i], measured[i] != 0);
    }
    return blocks;
  }

  // Drawn anew for every round, so that no workload always follows the same one.
  std::vector<std::size_t> workload_order(int round) const {
    SeededRandom random(plan_.seed, fmt::format("workloads/{}/{}", name_of(plan_.phase), round));
    return random.permutation(plan_.workloads.size());
  }

  std::vector<std::string> arms_of(const Workload& workload) const {
    std::vector<std::string> ids;
    ids.reserve(plan_.arms.size());
    bool compared = false;  // the baseline and its copy alone would be measured for nothing
    for (const Arm& arm : plan_.arms) {
      if (find_skipped(plan_.skipped, workload.name, arm.id) != nullptr) continue;
      ids.push_back(arm.id);
      compared = compared || arm.role == Arm::Role::candidate || arm.role == Arm::Role::reference;
    }
    return compared ? ids : std::vector<std::string>();
  }

  BlockSpec spec_for(int round, const Workload& workload) const {
    BlockSpec spec;
    spec.head.round = round;
    spec.head.phase = plan_.phase;
    spec.head.workload = workload.name;
    SeededRandom random(
        plan_.seed, fmt::format("nuisance/{}/{}/{}", name_of(plan_.phase), round, workload.name));
    // From 1: PYTHONHASHSEED=0 turns hash randomisation off, which is another code path.
    spec.head.hash_seed = static_cast<int>(1 + random.below(std::numeric_limits<int>::max()));
    spec.head.padding_bytes = static_cast<int>(random.below(kPaddingBound));
    const std::vector<std::string> arms = arms_of(workload);
    for (const std::size_t arm : block_order(arms.size(), round, workload.name, plan_.seed)) {
      spec.arms.push_back(arms[arm]);
    }
    spec.loops = workload.loops;
    spec.warmups = manager_.settings().warmups;
    spec.values = values_of_a_sample();
    // Blocks of an older pytune hold whole processes.
    if (!plan_.passes.events.empty()) spec.events.emplace_back("of-the-loops");
    for (const CounterEvent& event : pass_of(round)) spec.events.push_back(event.name);
    return spec;
  }

  // Of an emulated worker there are counts only, and workers on all CPUs are one value together.
  // Events are counted of one process at a time.
  int values_of_a_sample() const {
    if (plan_.arms.front().interpreter.machine) return 0;
    const bool together = manager_.settings().all_cpus_at_once && plan_.passes.events.empty();
    return together ? 1 : manager_.settings().values;
  }

  Block provide(int round, const Workload& workload, const std::vector<int>& cpus, bool& measured) {
    const BlockSpec spec = spec_for(round, workload);
    Activity activity(
        listener_, fmt::format("measuring ({}): block {} of {}, round {}, {}", name_of(plan_.phase),
                               ++begun_, total_, round + 1, workload.name));
    const double minutes = plan_.minutes_per_worker * static_cast<double>(spec.arms.size());
    const std::filesystem::path path = block_path(directory_, spec.head);
    FoundBlock found = read_block(path, spec);
    if (found.block) {
      activity.ended(minutes, true);
      return std::move(*found.block);
    }
    if (!found.problem.empty()) {
      listener_.warn(
          fmt::format("{}: {}; this block is measured again", path.string(), found.problem));
    }
    Block block = measure_block(spec, workload, cpus);
    write_block(path, spec, block);
    activity.ended(minutes, false);
    measured = true;
    return block;
  }

  Block measure_block(const BlockSpec& spec, const Workload& workload,
                      const std::vector<int>& cpus) {
    throw_if_stopped();
    Block block = spec.head;
    const double steal_before = steal_seconds_now();
    for (const std::string& id : spec.arms) {
      block.samples.push_back(measure_arm(arm(id), workload, block, cpus));
      block.samples.back().position = static_cast<int>(block.samples.size()) - 1;
    }
    // The counter may step back when the hypervisor migrates the machine.
    block.steal_seconds = std::max(0.0, steal_seconds_now() - steal_before);
    block.load1 = load_average();
    block.cpu_megahertz = cpu_megahertz("/", cpus);
    block.celsius = warmest_celsius("/");
    return block;
  }

  Sample measure_arm(const Arm& arm, const Workload& workload, const Block& block,
                     const std::vector<int>& cpus) {
    const Failures* failures = failures_.given_up(workload.name, arm.id);
    if (failures == nullptr) {
      if (!plan_.passes.events.empty())
        return count_events(manager_, {plan_.passes.perf, pass_of(block.round)}, arm, workload,
                            block);
      return arm.interpreter.machine
                 ? counted_sample(manager_, arm, workload, block)
                 : manager_.run(arm, workload, {block.hash_seed, block.padding_bytes, cpus});
    }
    Sample sample;
    sample.arm = arm.id;
    sample.error = fmt::format("{}failed in rounds {}: {}", kNotRun,
                               fmt::join(failures->rounds, " and "), failures->first_error);
    return sample;
  }

  std::vector<CounterEvent> pass_of(int round) const {
    const auto& events = plan_.passes.events;
    return events.empty() ? std::vector<CounterEvent>()
                          : events[static_cast<std::size_t>(round) % events.size()];
  }

  const Arm& arm(const std::string& id) const {
    return *std::find_if(plan_.arms.begin(), plan_.arms.end(),
                         [&](const Arm& arm) { return arm.id == id; });
  }

  void count_failures(const Block& block, bool measured) {
    for (const Sample& sample : block.samples) {
      if (failures_.add(block, sample) && measured) {
        listener_.warn(fmt::format("{} failed on {} in {} rounds and is not run on it again: {}",
                                   sample.arm, block.workload, kFailuresToGiveUp, sample.error));
      }
    }
  }

  WorkerManager& manager_;
  const BlockPlan& plan_;
  const std::filesystem::path& directory_;
  Listener& listener_;
  FailureTable failures_;
  std::atomic<std::size_t> begun_ = 0;
  std::size_t total_ = 0;
};

}  // namespace

std::vector<Block> run_blocks(WorkerManager& manager, const BlockPlan& plan,
                              const std::filesystem::path& directory, Listener& listener) {
  check_plan(plan);
  std::filesystem::create_directories(directory);
  return BlockRun(manager, plan, directory, listener).run();
}

std::vector<std::string> failure_notes(const std::vector<Block>& blocks) {
  FailureTable table;
  for (const Block& block : blocks) {
    for (const Sample& sample : block.samples) {
      table.add(block, sample);
    }
  }
  std::vector<std::string> notes;
  for (const Failures& entry : table.entries()) {
    if (!entry.rounds.empty()) {
      const bool given_up = entry.rounds.size() >= kFailuresToGiveUp;
      notes.push_back(fmt::format("{} failed on {} in {} of {} rounds{}: {}", entry.arm,
                                  entry.workload, entry.rounds.size(), entry.samples,
                                  given_up ? " (not run again after the second)" : "",
                                  entry.first_error));
    }
  }
  return notes;
}

}  // namespace pytune
